//! What a person reads, folded from events. Pure: frames in, blocks out.

mod turn;

use chrono::{DateTime, Utc};
use mosaic_domain::{MemoryId, MessageId, RunId, RunState};
use serde_json::Value;

use crate::{Event, Frame, ToolOutcome, Usage};

/// The turns of a conversation, as far as their events came.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    turns: Vec<Turn>,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Its id.
    pub run_id: RunId,
    /// Where it stands.
    pub state: TurnState,
    /// Who answers: the agent, and `provider/model`.
    pub answered_by: Option<(String, String)>,
    /// What is to be read, in order.
    pub blocks: Vec<Block>,
    /// What is being waited for, until something happens.
    pub note: Option<String>,
    /// What the model was reminded of.
    pub recalled: Vec<MemoryId>,
    /// Tokens of the recorded steps.
    pub usage: Usage,
    /// Tokens of the last recorded call of the model: what the model's window holds by then.
    pub last_call: Option<Usage>,
    /// When its first event came.
    pub began_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Which events came, to be folded again when some of them become void. Empty once the turn ended.
    log: Vec<(u32, DateTime<Utc>, Event)>,
}

/// Where a turn stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnState {
    /// No worker has taken it yet.
    Queued,
    /// It is being answered.
    Running,
    /// It halted until somebody resumes it.
    Paused {
        /// Who or why; for people.
        reason: String,
    },
    /// It ended.
    Ended {
        /// How.
        state: RunState,
        /// Why, unless it was answered; for people.
        reason: Option<String>,
        /// Why, for machines.
        code: Option<String>,
    },
}

/// Something to be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// What the person said.
    Message {
        /// The stored message.
        message_id: Option<MessageId>,
        /// The text.
        content: String,
    },
    /// Text of the answer.
    Text {
        /// The step that wrote it.
        step: u32,
        /// So far.
        text: String,
    },
    /// Thinking.
    Thinking {
        /// The step that wrote it.
        step: u32,
        /// So far.
        text: String,
    },
    /// A tool call.
    Tool {
        /// Its step.
        step: u32,
        /// The model's id of the call.
        call_id: String,
        /// Which tool.
        name: String,
        /// With what.
        arguments: Value,
        /// How it ended and what it returned, once it did.
        result: Option<(ToolOutcome, String)>,
        /// When it was asked for.
        started_at: Option<DateTime<Utc>>,
        /// How long it took, once that is recorded.
        duration_ms: Option<u64>,
    },
}

impl Transcript {
    /// Takes in the next frame. Frames of one run come in order, as the streams of this crate give them.
    pub fn apply(&mut self, frame: &Frame) {
        let known = self
            .turns
            .iter()
            .position(|turn| turn.run_id == frame.run_id);
        let index = known.unwrap_or_else(|| {
            self.turns.push(Turn::new(frame.run_id));
            self.turns.len() - 1
        });
        self.turns[index].apply(frame);
    }

    /// The turns in the order in which they began.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turn of this run.
    #[must_use]
    pub fn turn(&self, run_id: RunId) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.run_id == run_id)
    }
}

#[cfg(test)]
mod tests;

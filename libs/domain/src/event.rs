//! The events of a run's log: everything that a watcher of a run sees.

use serde_json::Value;

use crate::id::{ConversationId, InstanceId, MemoryId, MessageId};
use crate::run::{RunState, Usage};
use crate::step::{StepKind, ToolOutcome};

/// One event of a run's log. Steps are numbered from 1 in the order they were planned.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// The message was stored and the run queued. Always the first event, written by the gateway.
    Accepted {
        /// Where the message was sent.
        conversation_id: ConversationId,
        /// The stored message.
        message_id: MessageId,
        /// Its text, so that every surface shows it.
        content: String,
    },
    /// A worker claimed the run for the first time.
    Started {
        /// The replica.
        worker_id: InstanceId,
        /// The agent that answers.
        agent: String,
        /// `provider/model`.
        model: String,
    },
    /// Another claim continues the run: drop everything after `rewind_to` that is not repeated.
    Resumed {
        /// The replica that goes on.
        worker_id: InstanceId,
        /// `seq` of the last event that still holds.
        rewind_to: u32,
    },
    /// A message sent meanwhile joined the running turn.
    MessageAdded {
        /// The stored message.
        message_id: MessageId,
        /// Its text.
        content: String,
    },
    /// The model is shown what it was reminded of.
    MemoryRecalled {
        /// The memories, the most fitting first.
        memory_ids: Vec<MemoryId>,
    },
    /// A model call began.
    StepStarted {
        /// Its number.
        step: u32,
        /// What it does.
        kind: StepKind,
    },
    /// Text of the answer, as it comes.
    TextDelta {
        /// The model step.
        step: u32,
        /// To be appended.
        text: String,
    },
    /// Thinking, as it comes.
    ThinkingDelta {
        /// The model step.
        step: u32,
        /// To be appended.
        text: String,
    },
    /// A tool began.
    ToolStarted {
        /// The tool step.
        step: u32,
        /// The model's id of the call.
        call_id: String,
        /// Which tool.
        name: String,
        /// With what.
        arguments: Value,
    },
    /// A tool ended.
    ToolCompleted {
        /// The tool step.
        step: u32,
        /// The model's id of the call.
        call_id: String,
        /// Which tool.
        name: String,
        /// How it ended.
        outcome: ToolOutcome,
        /// What the model is told.
        output: String,
    },
    /// A step is recorded.
    StepCompleted(StepUsage),
    /// Sign of life during a long silence.
    Progress {
        /// What is being waited for.
        note: String,
    },
    /// Halted between two steps until somebody resumes it; no end.
    Paused {
        /// Who or why.
        reason: String,
    },
    /// The agent answered; the answer is stored.
    Completed {
        /// The stored answer.
        message_id: MessageId,
        /// The whole text.
        content: String,
        /// Tokens of all steps.
        usage: Usage,
    },
    /// The run could not be finished.
    Failed {
        /// Machine-readable.
        code: String,
        /// For people, with a remedy.
        reason: String,
    },
    /// Someone stopped the run.
    Cancelled {
        /// Who or why.
        reason: String,
    },
    /// The run was ended by force.
    Killed {
        /// Who or why.
        reason: String,
    },
}

/// A recorded step and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepUsage {
    /// Its number.
    pub step: u32,
    /// What it did.
    pub kind: StepKind,
    /// Tokens, zero for tools.
    pub usage: Usage,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
}

impl RunEvent {
    /// The event's `type` attribute.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "run.accepted",
            Self::Started { .. } => "run.started",
            Self::Resumed { .. } => "run.resumed",
            Self::MessageAdded { .. } => "message.added",
            Self::MemoryRecalled { .. } => "memory.recalled",
            Self::StepStarted { .. } => "step.started",
            Self::TextDelta { .. } => "text.delta",
            Self::ThinkingDelta { .. } => "thinking.delta",
            Self::ToolStarted { .. } => "tool.started",
            Self::ToolCompleted { .. } => "tool.completed",
            Self::StepCompleted(_) => "step.completed",
            Self::Progress { .. } => "run.progress",
            Self::Paused { .. } => "run.paused",
            Self::Completed { .. } => "run.completed",
            Self::Failed { .. } => "run.failed",
            Self::Cancelled { .. } => "run.cancelled",
            Self::Killed { .. } => "run.killed",
        }
    }
}

/// The terminal state that an event of this `type` means, if it ends the run.
#[must_use]
pub fn end_of(type_name: &str) -> Option<RunState> {
    Some(match type_name {
        "run.completed" => RunState::Completed,
        "run.failed" => RunState::Failed,
        "run.cancelled" => RunState::Cancelled,
        "run.killed" => RunState::Killed,
        _ => return None,
    })
}

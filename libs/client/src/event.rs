//! What can happen in a run, as the payload of a frame says it.

use mosaic_domain::{MemoryId, MessageId, RunState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What happened. Payloads of a newer gateway may carry more than is read here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// The message was stored and the run queued; always the first event.
    #[serde(rename = "run.accepted")]
    Accepted {
        /// The stored message.
        #[serde(default)]
        message_id: Option<MessageId>,
        /// Its text.
        #[serde(default)]
        content: String,
    },
    /// A worker took the run.
    #[serde(rename = "run.started")]
    Started {
        /// The agent that answers.
        #[serde(default)]
        agent: String,
        /// `provider/model`.
        #[serde(default)]
        model: String,
    },
    /// Another worker goes on: what came after `rewind_to` is void.
    #[serde(rename = "run.resumed")]
    Resumed {
        /// `seq` of the last event that still holds.
        #[serde(default)]
        rewind_to: u32,
    },
    /// A message sent meanwhile joined the turn.
    #[serde(rename = "message.added")]
    MessageAdded {
        /// The stored message.
        #[serde(default)]
        message_id: Option<MessageId>,
        /// Its text.
        #[serde(default)]
        content: String,
    },
    /// The model is shown what it was reminded of.
    #[serde(rename = "memory.recalled")]
    MemoryRecalled {
        /// The memories, the most fitting first.
        #[serde(default)]
        memory_ids: Vec<MemoryId>,
    },
    /// A step began.
    #[serde(rename = "step.started")]
    StepStarted {
        /// Its number.
        #[serde(default)]
        step: u32,
        /// What it does.
        #[serde(default)]
        kind: StepKind,
    },
    /// Text of the answer, to be appended.
    #[serde(rename = "text.delta")]
    TextDelta {
        /// The model step.
        #[serde(default)]
        step: u32,
        /// To be appended.
        #[serde(default)]
        text: String,
    },
    /// Thinking, to be appended.
    #[serde(rename = "thinking.delta")]
    ThinkingDelta {
        /// The model step.
        #[serde(default)]
        step: u32,
        /// To be appended.
        #[serde(default)]
        text: String,
    },
    /// A tool began.
    #[serde(rename = "tool.started")]
    ToolStarted {
        /// The tool step.
        #[serde(default)]
        step: u32,
        /// The model's id of the call.
        #[serde(default)]
        call_id: String,
        /// Which tool.
        #[serde(default)]
        name: String,
        /// With what.
        #[serde(default)]
        arguments: Value,
    },
    /// A tool ended.
    #[serde(rename = "tool.completed")]
    ToolCompleted {
        /// The tool step.
        #[serde(default)]
        step: u32,
        /// The model's id of the call.
        #[serde(default)]
        call_id: String,
        /// Which tool.
        #[serde(default)]
        name: String,
        /// How it ended.
        #[serde(default)]
        outcome: ToolOutcome,
        /// What the model is told.
        #[serde(default)]
        output: String,
    },
    /// A step is recorded.
    #[serde(rename = "step.completed")]
    StepCompleted {
        /// Its number.
        #[serde(default)]
        step: u32,
        /// What it did.
        #[serde(default)]
        kind: StepKind,
        /// Tokens; zero for tools.
        #[serde(default)]
        usage: Usage,
        /// How long it took.
        #[serde(default)]
        duration_ms: u32,
    },
    /// A sign of life.
    #[serde(rename = "run.progress")]
    Progress {
        /// What is being waited for.
        #[serde(default)]
        note: String,
    },
    /// It halted between two steps; it goes on when somebody resumes it.
    #[serde(rename = "run.paused")]
    Paused {
        /// Who or why.
        #[serde(default)]
        reason: String,
    },
    /// The agent answered.
    #[serde(rename = "run.completed")]
    Completed {
        /// The stored answer.
        #[serde(default)]
        message_id: Option<MessageId>,
        /// The whole text.
        #[serde(default)]
        content: String,
        /// Tokens of all steps.
        #[serde(default)]
        usage: Usage,
    },
    /// It could not.
    #[serde(rename = "run.failed")]
    Failed {
        /// For machines.
        #[serde(default)]
        code: String,
        /// For people.
        #[serde(default)]
        reason: String,
    },
    /// Someone stopped it.
    #[serde(rename = "run.cancelled")]
    Cancelled {
        /// Who or why.
        #[serde(default)]
        reason: String,
    },
    /// It was ended by force.
    #[serde(rename = "run.killed")]
    Killed {
        /// Who or why.
        #[serde(default)]
        reason: String,
    },
    /// A type that this client does not know.
    #[serde(skip)]
    Other,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum StepKind {
    /// One call of a model.
    #[serde(rename = "STEP_KIND_MODEL")]
    Model,
    /// One call of a tool.
    #[serde(rename = "STEP_KIND_TOOL")]
    Tool,
    /// Something that this client does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

/// How a tool call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum ToolOutcome {
    /// It did what was asked.
    #[serde(rename = "TOOL_OUTCOME_SUCCEEDED")]
    Succeeded,
    /// It reported an error.
    #[serde(rename = "TOOL_OUTCOME_FAILED")]
    Failed,
    /// Nobody knows: its worker died.
    #[default]
    #[serde(other)]
    Unknown,
}

/// Tokens that model calls used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Of the input, read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Written to the provider's cache.
    pub cache_write_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cache_read_tokens += other.cache_read_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
    }
}

impl Event {
    /// The terminal state this event means, if it ends the run.
    #[must_use]
    pub fn end(&self) -> Option<RunState> {
        Some(match self {
            Self::Completed { .. } => RunState::Completed,
            Self::Failed { .. } => RunState::Failed,
            Self::Cancelled { .. } => RunState::Cancelled,
            Self::Killed { .. } => RunState::Killed,
            _ => return None,
        })
    }

    /// Types a payload. Canonical protobuf JSON leaves out what is empty or zero.
    pub(crate) fn read(kind: &str, data: &Value) -> Result<Self, serde_json::Error> {
        if !KNOWN.contains(&kind) {
            return Ok(Self::Other);
        }
        let data = if data.is_null() { &json!({}) } else { data };
        Self::deserialize(json!({ "type": kind, "data": data }))
    }
}

/// The types that are read; others are let through.
pub(crate) const KNOWN: [&str; 17] = [
    "run.accepted",
    "run.started",
    "run.resumed",
    "message.added",
    "memory.recalled",
    "step.started",
    "text.delta",
    "thinking.delta",
    "tool.started",
    "tool.completed",
    "step.completed",
    "run.progress",
    "run.paused",
    "run.completed",
    "run.failed",
    "run.cancelled",
    "run.killed",
];

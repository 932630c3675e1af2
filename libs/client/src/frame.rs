//! One event of a run's log as a watcher gets it.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Cursor, EventId, MessageId, RunId, RunState};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::Error;

/// One event of a run's log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// Its id, to be sent back when a stream is resumed.
    pub id: String,
    /// e.g. `text.delta`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The conversation of the run.
    pub conversation_id: ConversationId,
    /// The run.
    pub run_id: RunId,
    /// Number of the claim that wrote it.
    pub epoch: u32,
    /// Its position in the log, from 1.
    pub seq: u32,
    /// The payload as it came.
    pub data: Value,
    /// The payload as a type.
    #[serde(skip)]
    pub event: Event,
}

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
    fn read(kind: &str, data: &Value) -> Result<Self, serde_json::Error> {
        if !KNOWN.contains(&kind) {
            return Ok(Self::Other);
        }
        let data = if data.is_null() { &json!({}) } else { data };
        Self::deserialize(json!({ "type": kind, "data": data }))
    }
}

const KNOWN: [&str; 15] = [
    "run.accepted",
    "run.started",
    "run.resumed",
    "message.added",
    "step.started",
    "text.delta",
    "thinking.delta",
    "tool.started",
    "tool.completed",
    "step.completed",
    "run.progress",
    "run.completed",
    "run.failed",
    "run.cancelled",
    "run.killed",
];

impl Frame {
    /// Its place in the log.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor::new(self.epoch, self.seq)
    }

    /// What resumes a stream behind this frame.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        EventId::new(self.run_id, self.cursor())
    }

    /// Reads the JSON of a stream.
    pub fn parse(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| Error::Malformed {
            what: "an event stream".to_owned(),
            reason: error.to_string(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    time: DateTime<Utc>,
    conversation_id: ConversationId,
    run_id: RunId,
    epoch: u32,
    seq: u32,
    #[serde(default)]
    data: Value,
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire {
            id,
            kind,
            time,
            conversation_id,
            run_id,
            epoch,
            seq,
            data,
        } = Wire::deserialize(deserializer)?;
        let event = Event::read(&kind, &data).map_err(|error| {
            serde::de::Error::custom(format!("the payload of {kind} does not fit: {error}"))
        })?;
        Ok(Self {
            id,
            kind,
            time,
            conversation_id,
            run_id,
            epoch,
            seq,
            data,
            event,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: &str, data: &Value) -> Result<Frame, Error> {
        let id = "01890000-0000-7000-8000-000000000001";
        let frame = json!({"id": format!("{id}:1:4"), "type": kind, "time": "2026-01-02T03:04:05Z",
            "conversationId": id, "runId": id, "epoch": 1, "seq": 4, "data": data, "later": true});
        Frame::parse(&frame.to_string())
    }

    #[test]
    fn every_known_type_is_read_although_its_payload_is_empty() {
        for kind in KNOWN {
            let event = frame(kind, &json!({})).unwrap().event;
            assert_ne!(event, Event::Other, "{kind}");
        }
    }

    #[test]
    fn types_and_fields_of_a_newer_gateway_are_let_through() {
        assert_eq!(
            frame("run.paused", &json!([1])).unwrap().event,
            Event::Other
        );
        let event = frame(
            "tool.completed",
            &json!({"step": 2, "outcome": "TOOL_OUTCOME_NEW", "x": 1}),
        );
        let Event::ToolCompleted { step, outcome, .. } = event.unwrap().event else {
            panic!("another event");
        };
        assert_eq!((step, outcome), (2, ToolOutcome::Unknown));
    }

    #[test]
    fn a_frame_is_written_as_it_came() {
        let frame = frame("text.delta", &json!({"step": 1, "text": "Hé"})).unwrap();
        assert_eq!(
            Frame::parse(&serde_json::to_string(&frame).unwrap()).unwrap(),
            frame
        );
        assert_eq!(frame.event_id().to_string(), frame.id);
    }

    #[test]
    fn a_payload_that_does_not_fit_is_an_error_that_names_the_type() {
        let error = frame("text.delta", &json!({"text": 5}))
            .unwrap_err()
            .to_string();
        assert!(error.contains("text.delta"), "{error}");
    }
}

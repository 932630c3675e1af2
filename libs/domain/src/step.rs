//! Steps of a run: one model call or one tool call each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::UnknownName;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// One call of a model.
    Model,
    /// One call of a tool.
    Tool,
}

impl StepKind {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Tool => "tool",
        }
    }
}

impl FromStr for StepKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "model" => Ok(Self::Model),
            "tool" => Ok(Self::Tool),
            _ => Err(UnknownName {
                noun: "step kind",
                value: text.into(),
            }),
        }
    }
}

/// How far a recorded tool call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// The model asked for it; it has certainly not begun.
    Planned,
    /// It may have begun: only written before tools that must not be repeated.
    Started,
    /// Its outcome is recorded.
    Completed,
}

impl ToolState {
    /// The name used in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Started => "started",
            Self::Completed => "completed",
        }
    }
}

impl FromStr for ToolState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Ok(match text {
            "planned" => Self::Planned,
            "started" => Self::Started,
            "completed" => Self::Completed,
            _ => {
                return Err(UnknownName {
                    noun: "tool state",
                    value: text.into(),
                });
            }
        })
    }
}

/// How a tool call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolOutcome {
    /// It did what was asked.
    Succeeded,
    /// It reported an error; the model is told.
    Failed,
    /// Its worker died after starting it. It is not repeated; the model is told that nobody knows.
    Unknown,
}

impl ToolOutcome {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for ToolOutcome {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Ok(match text {
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "unknown" => Self::Unknown,
            _ => {
                return Err(UnknownName {
                    noun: "tool outcome",
                    value: text.into(),
                });
            }
        })
    }
}

/// A step as it is recorded. What a model answered and what a tool returned are JSON whose shape belongs to
/// the agent loop; the record only keeps them.
#[derive(Debug, Clone, PartialEq)]
pub enum StepRecord {
    /// A completed model call.
    Model {
        /// `provider/model`.
        model: String,
        /// `seq` of the newest message that the call had seen.
        context_seq: i64,
        /// What it answered.
        output: Value,
        /// How long it took.
        duration_ms: u32,
    },
    /// A tool call that a model asked for, at whatever state it is.
    Tool {
        /// The tool.
        name: String,
        /// The model's id of the call.
        call_id: String,
        /// With what.
        arguments: Value,
        /// How far it has come.
        state: ToolState,
        /// What it returned; present exactly when it is completed.
        output: Option<Value>,
        /// How long it took.
        duration_ms: Option<u32>,
    },
}

impl StepRecord {
    /// What the step does.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::Model { .. } => StepKind::Model,
            Self::Tool { .. } => StepKind::Tool,
        }
    }
}

/// A step with its number; steps count from 1 in the order they were planned.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberedStep {
    /// Its number.
    pub step: u32,
    /// What is recorded of it.
    pub record: StepRecord,
}

//! Steps of a run: one model call or one tool call each.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

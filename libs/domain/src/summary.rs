//! What a summary is for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::message::UnknownName;

/// What a summary is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryKind {
    /// It stands for the older part of a long conversation when a model is asked.
    Compaction,
    /// It tells what a conversation was about, once it has come to rest.
    Session,
}

impl SummaryKind {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compaction => "compaction",
            Self::Session => "session",
        }
    }
}

impl FromStr for SummaryKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "compaction" => Ok(Self::Compaction),
            "session" => Ok(Self::Session),
            _ => Err(UnknownName {
                noun: "kind of summary",
                value: text.into(),
            }),
        }
    }
}

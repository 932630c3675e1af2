//! What is remembered of a person.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::message::UnknownName;

/// What a memory is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    /// Something that was said in a conversation.
    Message,
    /// Something a person or an agent wrote down to be remembered.
    Note,
}

impl MemoryKind {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Note => "note",
        }
    }
}

impl FromStr for MemoryKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "message" => Ok(Self::Message),
            "note" => Ok(Self::Note),
            _ => Err(UnknownName {
                noun: "kind of memory",
                value: text.into(),
            }),
        }
    }
}

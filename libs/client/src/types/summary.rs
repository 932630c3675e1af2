//! Summaries of conversations.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, SummaryId, SummaryKind};
use serde::{Deserialize, Serialize};

/// A summary of a conversation, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Its id.
    pub id: SummaryId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Title of that conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_title: Option<String>,
    /// What it is for.
    pub kind: SummaryKind,
    /// The first run it covers.
    pub first_ordinal: i32,
    /// The last run it covers.
    pub last_ordinal: i32,
    /// The text.
    pub content: String,
    /// `provider/model` that wrote it.
    pub model: String,
    /// Tokens it took to read what it covers.
    pub input_tokens: i64,
    /// Tokens it took to write.
    pub output_tokens: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A summary that will be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryWanted {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// What it is for.
    pub kind: SummaryKind,
    /// Whether it had been asked for before and is still to be made.
    pub waiting: bool,
}

//! What is remembered of a person.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, MemoryId, MemoryKind, MessageId, Role};
use serde::{Deserialize, Serialize};

/// Something that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// Its id.
    pub id: MemoryId,
    /// What it is made from.
    pub kind: MemoryKind,
    /// Who said or wrote it.
    pub role: Role,
    /// Where it was said or saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Title of that conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_title: Option<String>,
    /// The message, of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The text; of something found, the part of it that fits best.
    #[serde(alias = "text")]
    pub content: String,
    /// When it was said or noted.
    pub created_at: DateTime<Utc>,
}

/// What to search for.
#[derive(Debug, Clone, Default)]
pub struct MemorySearch {
    /// The question.
    pub query: String,
    /// How many at the most.
    pub limit: Option<u32>,
    /// Of this kind alone.
    pub kind: Option<MemoryKind>,
    /// Of this conversation alone.
    pub conversation_id: Option<ConversationId>,
    /// Made at this time or later.
    pub since: Option<DateTime<Utc>>,
}

/// What a search found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoriesFound {
    /// The best first.
    pub items: Vec<FoundMemory>,
    /// The model whose vectors were compared.
    #[serde(default)]
    pub model: String,
    /// An honest remark about that model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why the answer is worse than it could be: only words, or only vectors, were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
}

/// A memory that was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundMemory {
    /// The memory.
    #[serde(flatten)]
    pub memory: Memory,
    /// From 0 to 1.
    pub score: f32,
    /// Whether it has to do with the question, or only fills the list.
    #[serde(default)]
    pub relevant: bool,
    /// How the score came about.
    #[serde(default)]
    pub explanation: ScoreExplanation,
}

/// How a score came about.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScoreExplanation {
    /// The place among what was found by words, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_rank: Option<u32>,
    /// The score of the search by words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_score: Option<f32>,
    /// Which share of the question's words it has.
    pub text_coverage: f32,
    /// The place among what was found by meaning, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector_rank: Option<u32>,
    /// The cosine between question and text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
    /// The factor of its age, at most 1.
    pub recency: f32,
}

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Forgotten {
    /// First what was asked for, then what agents said or noted because of it.
    pub forgotten: Vec<MemoryId>,
}

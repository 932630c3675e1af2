//! A search and what it found.

use chrono::{DateTime, Utc};
use mosaic_domain::Scope;
use mosaic_proto::memory::v1::{
    FoundMemory, MemoryKind, ScoreExplanation, SearchRequest, SearchResponse,
};
use mosaic_proto::memory_convert::{found_kind, found_role, time, timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::MemoryKindBody;
use crate::error::ApiResult;
use crate::wire::check::Check;

/// The longest question.
const QUESTION_CHARS: usize = 2_000;
/// Memories found unless said.
const LIMIT: u32 = 10;
/// Memories found at the most.
const LIMIT_MOST: u32 = 50;

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct MemorySearchQuery {
    /// The question, in words of one's own.
    #[param(min_length = 1, max_length = 2000)]
    pub q: String,
    /// How many at the most, 1 to 50; 10 unless said.
    #[param(minimum = 1, maximum = 50)]
    pub limit: Option<u32>,
    /// Of this kind alone.
    #[param(inline)]
    pub kind: Option<MemoryKindBody>,
    /// Of this conversation alone.
    pub conversation_id: Option<Uuid>,
    /// Made at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Made before this time.
    pub until: Option<DateTime<Utc>>,
}

impl MemorySearchQuery {
    /// Checks it, and asks on behalf of this person.
    pub(crate) fn into_request(self, scope: Scope) -> ApiResult<SearchRequest> {
        let mut check = Check::default();
        check.text("q", &self.q, QUESTION_CHARS);
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MOST).contains(&limit) {
            check.fault(
                "limit",
                format!("is {limit}, it goes from 1 to {LIMIT_MOST}"),
            );
        }
        check.done()?;
        let kind = self.kind.map(mosaic_domain::MemoryKind::from);
        Ok(SearchRequest {
            workspace_id: scope.workspace_id.to_string(),
            user_id: scope.user_id.to_string(),
            query: self.q,
            limit,
            kind: kind.map(MemoryKind::from).unwrap_or_default().into(),
            conversation_id: self
                .conversation_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            exclude_conversation_id: String::new(),
            since: self.since.map(timestamp),
            until: self.until.map(timestamp),
        })
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemorySearchBody {
    /// The best first.
    pub items: Vec<FoundMemoryBody>,
    /// The model whose vectors were compared.
    pub model: String,
    /// An honest remark about that model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why the answer is worse than it could be: only words, or only vectors, were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
}

/// A memory that was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundMemoryBody {
    /// Its id.
    pub id: Uuid,
    /// What it is made from.
    pub kind: MemoryKindBody,
    /// Who said or wrote it: `user` or `assistant`.
    #[schema(value_type = String)]
    pub role: mosaic_domain::Role,
    /// Where it was said or saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<Uuid>,
    /// Title of that conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_title: Option<String>,
    /// The message, of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Uuid>,
    /// The part of it that fits best.
    pub text: String,
    /// When it was said or noted.
    pub created_at: DateTime<Utc>,
    /// From 0 to 1; 1 is first in both searches and made this moment.
    pub score: f32,
    /// Whether it has to do with the question, or only fills the list.
    pub relevant: bool,
    /// How the score came about.
    pub explanation: ExplanationBody,
}

/// How a score came about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplanationBody {
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

impl From<ScoreExplanation> for ExplanationBody {
    fn from(why: ScoreExplanation) -> Self {
        let by_words = why.text_rank > 0;
        let by_meaning = why.vector_rank > 0;
        Self {
            text_rank: by_words.then_some(why.text_rank),
            text_score: by_words.then_some(why.text_score),
            text_coverage: why.text_coverage,
            vector_rank: by_meaning.then_some(why.vector_rank),
            similarity: by_meaning.then_some(why.similarity),
            recency: why.recency,
        }
    }
}

impl TryFrom<SearchResponse> for MemorySearchBody {
    type Error = String;

    fn try_from(answer: SearchResponse) -> Result<Self, String> {
        let items = answer.memories.into_iter().map(FoundMemoryBody::try_from);
        Ok(Self {
            items: items.collect::<Result<_, _>>()?,
            model: answer.model,
            note: said(answer.note),
            degraded: said(answer.degraded),
        })
    }
}

impl TryFrom<FoundMemory> for FoundMemoryBody {
    type Error = String;

    fn try_from(found: FoundMemory) -> Result<Self, String> {
        let created_at = found.created_at.as_ref().and_then(time);
        Ok(Self {
            id: id(&found.memory_id)?.ok_or("a memory without id")?,
            kind: found_kind(found.kind)
                .map_err(|error| error.to_string())?
                .into(),
            role: found_role(found.role).map_err(|error| error.to_string())?,
            conversation_id: id(&found.conversation_id)?,
            conversation_title: said(found.conversation_title),
            message_id: id(&found.message_id)?,
            text: found.text,
            created_at: created_at.ok_or("a memory without its time")?,
            score: found.score,
            relevant: found.relevant,
            explanation: found.explanation.unwrap_or_default().into(),
        })
    }
}

fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn id(text: &str) -> Result<Option<Uuid>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Uuid::parse_str(text)
        .map(Some)
        .map_err(|error| format!("{text}: {error}"))
}

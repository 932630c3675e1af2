//! Memory on the wire.

mod found;
mod page;

use chrono::{DateTime, Utc};
use mosaic_domain::{MemoryId, MemoryKind, Role};
use mosaic_storage::{Forgotten, Memory};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::Check;
use crate::error::ApiResult;

pub(crate) use found::{MemorySearchBody, MemorySearchQuery};
pub(crate) use page::{MemoryCursor, MemoryListBody, MemoryListQuery};

/// The longest note.
const NOTE_CHARS: usize = 8_000;

/// What a memory is made from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MemoryKindBody {
    /// Something that was said in a conversation.
    Message,
    /// Something a person or an agent wrote down to be remembered.
    Note,
}

impl From<MemoryKind> for MemoryKindBody {
    fn from(kind: MemoryKind) -> Self {
        match kind {
            MemoryKind::Message => Self::Message,
            MemoryKind::Note => Self::Note,
        }
    }
}

impl From<MemoryKindBody> for MemoryKind {
    fn from(kind: MemoryKindBody) -> Self {
        match kind {
            MemoryKindBody::Message => Self::Message,
            MemoryKindBody::Note => Self::Note,
        }
    }
}

/// Something that is remembered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemoryBody {
    /// Its id.
    pub id: Uuid,
    /// What it is made from.
    pub kind: MemoryKindBody,
    /// Who said or wrote it: `user` or `assistant`.
    #[schema(value_type = String)]
    pub role: Role,
    /// Where it was said or saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<Uuid>,
    /// Title of that conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_title: Option<String>,
    /// The message, of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Uuid>,
    /// The text.
    pub content: String,
    /// When it was said or noted.
    pub created_at: DateTime<Utc>,
}

impl From<Memory> for MemoryBody {
    fn from(memory: Memory) -> Self {
        Self {
            id: memory.id.uuid(),
            kind: memory.kind.into(),
            role: memory.role,
            conversation_id: memory
                .conversation_id
                .map(mosaic_domain::ConversationId::uuid),
            conversation_title: memory.conversation_title,
            message_id: memory.message_id.map(mosaic_domain::MessageId::uuid),
            content: memory.content,
            created_at: memory.created_at,
        }
    }
}

/// A note to be remembered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewMemoryBody {
    /// The text.
    #[schema(min_length = 1, max_length = 8000)]
    pub content: String,
}

impl NewMemoryBody {
    /// Checks it.
    pub(crate) fn into_content(self) -> ApiResult<String> {
        let mut check = Check::default();
        check.text("content", &self.content, NOTE_CHARS);
        check.done()?;
        Ok(self.content)
    }
}

/// Whose memories to forget.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ForgetQuery {
    /// The conversation.
    pub conversation_id: Uuid,
}

/// What was forgotten.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForgottenBody {
    /// The memories: first what was asked for, then what agents said or noted because of it.
    pub forgotten: Vec<Uuid>,
}

impl From<Forgotten> for ForgottenBody {
    fn from(forgotten: Forgotten) -> Self {
        Self {
            forgotten: forgotten.ids.into_iter().map(MemoryId::uuid).collect(),
        }
    }
}

//! Looking at memories, one or a list.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, MemoryId, MemoryKind, Scope};

use super::{Memory, MemoryRow};
use crate::{Error, Storage};

/// Where a list of memories, newest first, goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPage {
    /// `created_at` of the last memory seen.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: MemoryId,
}

/// Which memories to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryList {
    /// Of this kind alone.
    pub kind: Option<MemoryKind>,
    /// Of this conversation alone.
    pub conversation_id: Option<ConversationId>,
    /// Behind this one.
    pub after: Option<MemoryPage>,
    /// How many at the most.
    pub limit: u32,
}

impl Storage {
    /// Their memories, the newest first.
    pub async fn memories(&self, scope: Scope, list: &MemoryList) -> Result<Vec<Memory>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = sqlx::query_as!(
            MemoryRow,
            r#"SELECT m.id, m.kind, m.role, m.conversation_id, c.title AS "conversation_title?",
                      m.message_id, m.run_id, m.content, m.created_at
               FROM memories m
               LEFT JOIN conversations c ON c.id = m.conversation_id
               WHERE m.workspace_id = $1
                 AND m.user_id = $2
                 AND ($3::text IS NULL OR m.kind = $3)
                 AND ($4::uuid IS NULL OR m.conversation_id = $4)
                 AND ($5::timestamptz IS NULL OR (m.created_at, m.id) < ($5, $6::uuid))
               ORDER BY m.created_at DESC, m.id DESC
               LIMIT $7"#,
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            list.kind.map(MemoryKind::as_str),
            list.conversation_id.map(ConversationId::uuid),
            list.after.map(|page| page.created_at),
            list.after.map(|page| page.id.uuid()),
            i64::from(list.limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter().map(Memory::try_from).collect()
    }

    /// One memory, if it is theirs.
    pub async fn memory(&self, scope: Scope, id: MemoryId) -> Result<Option<Memory>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let row = sqlx::query_as!(
            MemoryRow,
            r#"SELECT m.id, m.kind, m.role, m.conversation_id, c.title AS "conversation_title?",
                      m.message_id, m.run_id, m.content, m.created_at
               FROM memories m
               LEFT JOIN conversations c ON c.id = m.conversation_id
               WHERE m.id = $1 AND m.workspace_id = $2 AND m.user_id = $3"#,
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        row.map(Memory::try_from).transpose()
    }
}

//! Searching a few memories of somebody who has many: those are looked up first, and only their vectors compared.

use mosaic_domain::{ConversationId, MemoryKind};
use sqlx::PgConnection;

use super::{Row, Search};
use crate::Error;

impl Search<'_> {
    /// Whether there is a filter and it leaves at most so many memories.
    pub(super) async fn filter_leaves_few(
        &self,
        few: i64,
        tx: &mut PgConnection,
    ) -> Result<bool, Error> {
        if self.filter.is_empty() {
            return Ok(false);
        }
        let left = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!"
               FROM (
                   SELECT
                   FROM memories m
                   WHERE m.workspace_id = $1
                     AND m.user_id = $2
                     AND ($3::text IS NULL OR m.kind = $3)
                     AND ($4::uuid IS NULL OR m.conversation_id = $4)
                     AND ($5::uuid IS NULL OR m.conversation_id IS DISTINCT FROM $5)
                     AND ($6::timestamptz IS NULL OR m.created_at >= $6)
                     AND ($7::timestamptz IS NULL OR m.created_at < $7)
                   LIMIT $8
               ) AS left_over"#,
            self.scope.workspace_id.uuid(),
            self.scope.user_id.uuid(),
            self.filter.kind.map(MemoryKind::as_str),
            self.filter.conversation_id.map(ConversationId::uuid),
            self.filter
                .exclude_conversation_id
                .map(ConversationId::uuid),
            self.filter.since,
            self.filter.until,
            few + 1,
        )
        .fetch_one(tx)
        .await?;
        Ok(left <= few)
    }

    /// Compares the vectors of what the filter leaves.
    pub(super) async fn exactly_filtered(&self, tx: &mut PgConnection) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT near.chunk_id AS "chunk_id!", near.memory_id AS "memory_id!", near.created_at AS "created_at!",
                      1 - near.distance AS "similarity!"
               FROM (
                   SELECT v.chunk_id, c.memory_id, m.created_at, v.embedding <=> $5::real[]::vector AS distance
                   FROM memories m
                   JOIN memory_chunks c ON c.memory_id = m.id
                   JOIN memory_vectors v ON v.chunk_id = c.id
                   WHERE m.workspace_id = $1
                     AND m.user_id = $2
                     AND v.workspace_id = $1
                     AND v.user_id = $2
                     AND v.model = $3
                     AND v.dimension = $4
                     AND ($6::text IS NULL OR m.kind = $6)
                     AND ($7::uuid IS NULL OR m.conversation_id = $7)
                     AND ($8::uuid IS NULL OR m.conversation_id IS DISTINCT FROM $8)
                     AND ($9::timestamptz IS NULL OR m.created_at >= $9)
                     AND ($10::timestamptz IS NULL OR m.created_at < $10)
               ) AS near
               ORDER BY near.distance, near.chunk_id
               LIMIT $11"#,
            self.scope.workspace_id.uuid(),
            self.scope.user_id.uuid(),
            self.query.model,
            self.dimension,
            self.query.vector,
            self.filter.kind.map(MemoryKind::as_str),
            self.filter.conversation_id.map(ConversationId::uuid),
            self.filter.exclude_conversation_id.map(ConversationId::uuid),
            self.filter.since,
            self.filter.until,
            self.limit,
        )
        .fetch_all(tx)
        .await?;
        Ok(rows)
    }
}

//! Capture: a message or a note becomes a memory whose chunks are found by words at once.

use mosaic_domain::{ChunkId, MemoryId, MessageId, Role, Scope, UserId, WorkspaceId};
use sqlx::PgConnection;

use super::lock;
use crate::{Error, Purpose, Storage};

/// A message as it can be remembered.
#[derive(Debug, Clone)]
pub struct MemorySource {
    /// Whose conversation it was said in.
    pub scope: Scope,
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
}

/// A piece of a memory.
#[derive(Debug, Clone)]
pub struct NewChunk {
    /// Its id, if it is stored.
    pub id: ChunkId,
    /// Its text.
    pub content: String,
}

/// What became of a message that was to be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It is remembered now.
    Stored,
    /// It was remembered before.
    Before,
    /// It, or something that it may repeat, was forgotten.
    Forgotten,
    /// It does not exist any more.
    Gone,
}

/// A memory whose text nobody has cut yet.
#[derive(Debug, Clone)]
pub struct Unchunked {
    /// Which one.
    pub id: MemoryId,
    /// Its text.
    pub content: String,
}

impl Storage {
    /// What a message says, as far as it exists and is not remembered or forgotten already. For the indexer, which acts
    /// for everybody; whose message it is stands in the answer.
    pub async fn memory_source(
        &self,
        message_id: MessageId,
    ) -> Result<Option<MemorySource>, Error> {
        let mut tx = self.system(Purpose::Indexer).read().await?;
        let row = sqlx::query!(
            "SELECT c.workspace_id, c.owner_id, m.role, m.content
             FROM messages m
             JOIN conversations c ON c.id = m.conversation_id
             WHERE m.id = $1
               AND NOT EXISTS (SELECT FROM memories WHERE message_id = $1)
               AND NOT EXISTS (SELECT FROM memory_forgotten WHERE message_id = $1)",
            message_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(MemorySource {
            scope: Scope {
                workspace_id: WorkspaceId::new(row.workspace_id),
                user_id: UserId::new(row.owner_id),
            },
            role: row
                .role
                .parse()
                .map_err(|error| Error::corrupt("messages", "role", message_id, error))?,
            content: row.content,
        }))
    }

    /// Remembers a message, cut into these chunks. May be repeated: it is remembered once, and never again once it was
    /// forgotten.
    pub async fn capture_message(
        &self,
        scope: Scope,
        message_id: MessageId,
        memory_id: MemoryId,
        chunks: &[NewChunk],
    ) -> Result<Captured, Error> {
        let mut tx = self.scoped(&scope).await?;
        lock::share(&mut tx, scope.user_id).await?;
        if is_forgotten(&mut tx, message_id).await? {
            return Ok(Captured::Forgotten);
        }
        let stored = sqlx::query_scalar!(
            "INSERT INTO memories (id, workspace_id, user_id, kind, role, conversation_id, message_id,
                                   run_id, content, chunked, created_at)
             SELECT $2, c.workspace_id, c.owner_id, 'message', m.role, m.conversation_id, m.id, m.run_id,
                    m.content, true, m.created_at
             FROM messages m
             JOIN conversations c ON c.id = m.conversation_id
             WHERE m.id = $1 AND c.workspace_id = $3 AND c.owner_id = $4
             ON CONFLICT (message_id) DO NOTHING
             RETURNING id",
            message_id.uuid(),
            memory_id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        if stored.is_none() {
            return not_stored(&mut tx, message_id).await;
        }
        insert_chunks(&mut tx, memory_id, chunks).await?;
        tx.commit().await?;
        Ok(Captured::Stored)
    }

    /// Memories that nobody has cut yet: notes.
    pub async fn unchunked_memories(&self, limit: u32) -> Result<Vec<Unchunked>, Error> {
        let mut tx = self.system(Purpose::Indexer).read().await?;
        let rows = sqlx::query!(
            "SELECT id, content FROM memories WHERE NOT chunked ORDER BY id LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Unchunked {
                id: MemoryId::new(row.id),
                content: row.content,
            })
            .collect())
    }

    /// Stores the chunks of a memory that had none; false if another replica did, or if it was forgotten meanwhile.
    pub async fn store_chunks(
        &self,
        memory_id: MemoryId,
        chunks: &[NewChunk],
    ) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Indexer).await?;
        // The row lock keeps a second replica out, and keeps the memory from being forgotten in between.
        let taken = sqlx::query!(
            "UPDATE memories SET chunked = true WHERE id = $1 AND NOT chunked",
            memory_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        if taken.rows_affected() == 0 {
            return Ok(false);
        }
        insert_chunks(&mut tx, memory_id, chunks).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Why a message was not stored.
async fn not_stored(tx: &mut PgConnection, message_id: MessageId) -> Result<Captured, Error> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM memories WHERE message_id = $1) AS "exists!""#,
        message_id.uuid(),
    )
    .fetch_one(tx)
    .await?;
    Ok(if exists {
        Captured::Before
    } else {
        Captured::Gone
    })
}

/// Whether the message was forgotten, or is an answer that may repeat something forgotten: of a run that was shown it,
/// or behind it in its conversation.
async fn is_forgotten(tx: &mut PgConnection, message_id: MessageId) -> Result<bool, Error> {
    let forgotten = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM memory_forgotten WHERE message_id = $1)
               OR EXISTS (
                   SELECT
                   FROM messages m
                   JOIN memory_forgotten f ON f.conversation_id = m.conversation_id AND f.seq < m.seq
                   WHERE m.id = $1 AND m.role = 'assistant'
               )
               OR EXISTS (
                   SELECT
                   FROM messages m
                   JOIN runs own ON own.id = m.run_id
                   JOIN runs r ON r.conversation_id = own.conversation_id AND r.ordinal <= own.ordinal
                   JOIN run_memories shown ON shown.run_id = r.id AND shown.forgotten
                   WHERE m.id = $1 AND m.role = 'assistant'
               ) AS "forgotten!""#,
        message_id.uuid(),
    )
    .fetch_one(tx)
    .await?;
    Ok(forgotten)
}

/// Inserts the chunks of a memory, each with its place for a vector.
async fn insert_chunks(
    tx: &mut PgConnection,
    memory_id: MemoryId,
    chunks: &[NewChunk],
) -> Result<(), Error> {
    let ids: Vec<_> = chunks.iter().map(|chunk| chunk.id.uuid()).collect();
    let texts: Vec<_> = chunks.iter().map(|chunk| chunk.content.clone()).collect();
    sqlx::query!(
        "WITH pieces AS (
             INSERT INTO memory_chunks (id, memory_id, workspace_id, user_id, ordinal, content)
             SELECT piece.id, m.id, m.workspace_id, m.user_id, piece.ordinal - 1, piece.content
             FROM memories m
             CROSS JOIN UNNEST($2::uuid[], $3::text[]) WITH ORDINALITY AS piece (id, content, ordinal)
             WHERE m.id = $1
             RETURNING id, workspace_id, user_id
         )
         INSERT INTO memory_vectors (chunk_id, workspace_id, user_id)
         SELECT id, workspace_id, user_id FROM pieces",
        memory_id.uuid(),
        &ids,
        &texts,
    )
    .execute(tx)
    .await?;
    Ok(())
}

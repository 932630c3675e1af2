//! Forgetting: a memory, and everything that was derived from it, in one transaction.
//!
//! Derived is, transitively: what a run said or noted that was shown the memory; what the run said or noted that
//! answered the forgotten message; and of the answers after those in the same conversation, which had all of it before
//! them, each that shares a word with what is forgotten. What a person said themselves is derived from nothing.
//! Messages leave their id behind, runs that were shown the memory are marked: so nothing of it is remembered again by
//! an event that is delivered twice or comes late.

use mosaic_domain::{ConversationId, MemoryId, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{lock, title};
use crate::{Error, Storage, finish};

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// What was asked for first, then what was derived from it.
    pub ids: Vec<MemoryId>,
}

impl Storage {
    /// Forgets a memory of theirs with all that was derived from it; `None` if they have no such memory.
    pub async fn forget_memory(
        &self,
        scope: Scope,
        id: MemoryId,
    ) -> Result<Option<Forgotten>, Error> {
        let mut tx = self.scoped(&scope).await?;
        let Some(found) = find(&mut tx, scope, id).await? else {
            return Ok(None);
        };
        // The conversation first, as whoever deletes one does, so that nobody deadlocks.
        if let Some(conversation_id) = found.conversation_id {
            finish::lock_conversation(&mut tx, conversation_id).await?;
        }
        lock::seize(&mut tx, scope.user_id).await?;
        // It may have been forgotten while this waited.
        if find(&mut tx, scope, id).await?.is_none() {
            return Ok(None);
        }
        let forgotten = forget(&mut tx, scope, vec![id.uuid()]).await?;
        if let Some(conversation_id) = found.conversation_id {
            title::clear(&mut tx, conversation_id).await?;
        }
        tx.commit().await?;
        Ok(Some(forgotten))
    }

    /// Forgets all memories of a conversation of theirs with all that was derived from them, and remembers nothing that
    /// was said in it so far; `None` if they have no such conversation. The conversation itself stays.
    pub async fn forget_conversation(
        &self,
        scope: Scope,
        id: ConversationId,
    ) -> Result<Option<Forgotten>, Error> {
        let mut tx = self.scoped(&scope).await?;
        let owned = sqlx::query_scalar!(
            "SELECT id FROM conversations WHERE id = $1 AND workspace_id = $2 AND owner_id = $3",
            id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        if owned.is_none() {
            return Ok(None);
        }
        finish::lock_conversation(&mut tx, id).await?;
        let forgotten = forget_conversation(&mut tx, scope, id).await?;
        title::clear(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Some(forgotten))
    }
}

/// Where a memory of theirs was said.
struct Place {
    conversation_id: Option<ConversationId>,
}

async fn find(tx: &mut PgConnection, scope: Scope, id: MemoryId) -> Result<Option<Place>, Error> {
    let row = sqlx::query!(
        "SELECT conversation_id FROM memories WHERE id = $1 AND workspace_id = $2 AND user_id = $3",
        id.uuid(),
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Place {
        conversation_id: row.conversation_id.map(ConversationId::new),
    }))
}

/// Forgets what is remembered of a conversation, whose owner was checked and whose row is locked.
pub(crate) async fn forget_conversation(
    tx: &mut PgConnection,
    scope: Scope,
    id: ConversationId,
) -> Result<Forgotten, Error> {
    lock::seize(tx, scope.user_id).await?;
    // Also those that the indexer has not come to yet.
    sqlx::query!(
        "INSERT INTO memory_forgotten (message_id, conversation_id, seq)
         SELECT m.id, m.conversation_id, m.seq
         FROM messages m
         JOIN conversations c ON c.id = m.conversation_id
         WHERE c.id = $1 AND c.workspace_id = $2 AND c.owner_id = $3
         ON CONFLICT (message_id) DO NOTHING",
        id.uuid(),
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
    )
    .execute(&mut *tx)
    .await?;
    let roots = sqlx::query_scalar!(
        "SELECT id
         FROM memories
         WHERE conversation_id = $1 AND workspace_id = $2 AND user_id = $3
         ORDER BY created_at, id",
        id.uuid(),
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
    )
    .fetch_all(&mut *tx)
    .await?;
    forget(tx, scope, roots).await
}

/// Forgets these memories and what was derived from them. The lock is held.
async fn forget(tx: &mut PgConnection, scope: Scope, roots: Vec<Uuid>) -> Result<Forgotten, Error> {
    let words = words_of(tx, &roots).await?;
    let mut ids = roots.clone();
    let mut next = roots;
    while !next.is_empty() {
        leave_marks(tx, &next).await?;
        next = derived(tx, scope, &next, &ids, &words).await?;
        ids.extend(&next);
    }
    sqlx::query!(
        "DELETE FROM memories WHERE id = ANY($1) AND workspace_id = $2 AND user_id = $3",
        &ids,
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
    )
    .execute(tx)
    .await?;
    let ids = ids.into_iter().map(MemoryId::new).collect();
    Ok(Forgotten { ids })
}

/// The words of memories, by their chunks: those of a whole message may be more than one `tsvector` holds. Only a note,
/// which is short, may be without chunks yet.
async fn words_of(tx: &mut PgConnection, memories: &[Uuid]) -> Result<Vec<String>, Error> {
    let words = sqlx::query_scalar!(
        r#"SELECT DISTINCT lexeme AS "lexeme!"
           FROM (SELECT words FROM memory_chunks WHERE memory_id = ANY($1)
                 UNION ALL
                 SELECT to_tsvector('english', content) FROM memories WHERE id = ANY($1) AND NOT chunked) AS piece
           CROSS JOIN UNNEST(tsvector_to_array(piece.words)) AS lexeme"#,
        memories,
    )
    .fetch_all(tx)
    .await?;
    Ok(words)
}

/// What keeps the forgotten from coming back.
async fn leave_marks(tx: &mut PgConnection, memories: &[Uuid]) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE run_memories SET forgotten = true WHERE memory_id = ANY($1)",
        memories,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO memory_forgotten (message_id, conversation_id, seq)
         SELECT said.id, said.conversation_id, said.seq
         FROM memories m
         JOIN messages said ON said.id = m.message_id
         WHERE m.id = ANY($1)
         ON CONFLICT (message_id) DO NOTHING",
        memories,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What was derived from `from` in one step, `known` left out. An agent's words only: answers and its notes.
async fn derived(
    tx: &mut PgConnection,
    scope: Scope,
    from: &[Uuid],
    known: &[Uuid],
    words: &[String],
) -> Result<Vec<Uuid>, Error> {
    let ids = sqlx::query_scalar!(
        "WITH told AS (
             SELECT run_id FROM run_memories WHERE memory_id = ANY($1)
             UNION
             SELECT run_id FROM memories
             WHERE id = ANY($1) AND kind = 'message' AND role = 'user' AND run_id IS NOT NULL
         ),
         since AS (
             SELECT r.conversation_id, min(r.ordinal) AS ordinal
             FROM runs r
             WHERE r.id IN (SELECT run_id FROM told
                            UNION
                            SELECT run_id FROM memories WHERE id = ANY($1))
             GROUP BY r.conversation_id
         ),
         forgotten AS (SELECT UNNEST($5::text[]) AS word)
         SELECT m.id
         FROM memories m
         WHERE m.workspace_id = $2
           AND m.user_id = $3
           AND m.role = 'assistant'
           AND m.id <> ALL($4)
           AND (m.run_id IN (SELECT run_id FROM told)
                OR (m.run_id IN (SELECT r.id
                                 FROM runs r
                                 JOIN since ON since.conversation_id = r.conversation_id
                                 WHERE r.ordinal > since.ordinal)
                    AND EXISTS (
                        SELECT
                        FROM (SELECT words FROM memory_chunks c WHERE c.memory_id = m.id
                              UNION ALL
                              SELECT to_tsvector('english', m.content) WHERE NOT m.chunked) AS piece
                        CROSS JOIN UNNEST(tsvector_to_array(piece.words)) AS word
                        WHERE word IN (SELECT word FROM forgotten))))",
        from,
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
        known,
        words,
    )
    .fetch_all(tx)
    .await?;
    Ok(ids)
}

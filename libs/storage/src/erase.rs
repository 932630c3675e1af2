//! Removing what was said and is remembered, for good and piece by piece: whoever said much must not hold everybody's locks while
//! it goes.

use mosaic_domain::{UserId, WorkspaceId};
use sqlx::PgConnection;

use crate::Error;

/// Conversations removed at once.
const CONVERSATIONS: i64 = 20;
/// Memories removed at once.
const MEMORIES: i64 = 200;

/// How far removing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// Nothing is left.
    All,
    /// There may be more.
    Some,
}

/// Removes some conversations of a workspace or a person, with their messages, runs, logs, summaries, memories and jobs.
pub(crate) async fn erase_conversations(
    tx: &mut PgConnection,
    workspace_id: Option<WorkspaceId>,
    owner_id: Option<UserId>,
) -> Result<Erased, Error> {
    // Conversations are locked first, as whoever sends, cancels or finishes does, so that nobody deadlocks.
    let ids = sqlx::query_scalar!(
        "SELECT id
         FROM conversations
         WHERE workspace_id = COALESCE($1, workspace_id) AND owner_id = COALESCE($2, owner_id)
         ORDER BY id
         LIMIT $3
         FOR UPDATE",
        workspace_id.map(WorkspaceId::uuid),
        owner_id.map(UserId::uuid),
        CONVERSATIONS,
    )
    .fetch_all(&mut *tx)
    .await?;
    if ids.is_empty() {
        return Ok(Erased::All);
    }
    sqlx::query!(
        "DELETE FROM outbox
         WHERE kind = 'job' AND id IN (SELECT job_id FROM runs WHERE conversation_id = ANY ($1))",
        &ids,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM conversations WHERE id = ANY ($1)", &ids)
        .execute(tx)
        .await?;
    Ok(Erased::Some)
}

/// Removes some memories of a workspace or a person, with their pieces and vectors.
pub(crate) async fn erase_memories(
    tx: &mut PgConnection,
    workspace_id: Option<WorkspaceId>,
    user_id: Option<UserId>,
) -> Result<Erased, Error> {
    let done = sqlx::query!(
        "DELETE FROM memories
         WHERE id IN (SELECT id
                      FROM memories
                      WHERE workspace_id = COALESCE($1, workspace_id) AND user_id = COALESCE($2, user_id)
                      ORDER BY id
                      LIMIT $3)",
        workspace_id.map(WorkspaceId::uuid),
        user_id.map(UserId::uuid),
        MEMORIES,
    )
    .execute(tx)
    .await?;
    Ok(if done.rows_affected() > 0 {
        Erased::Some
    } else {
        Erased::All
    })
}

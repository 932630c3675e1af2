//! Which runs were shown which memories.

use mosaic_domain::{Fence, MemoryId, RunId, Scope};

use super::lock;
use super::note::hold;
use crate::{Error, Storage};

impl Storage {
    /// Notes that a run of theirs is about to be shown these memories, and returns those of them that may be: what was
    /// forgotten since it was found, or is not theirs, is missing. Nothing may be if `fence` is a claim that was lost.
    pub async fn show_memories(
        &self,
        scope: Scope,
        run_id: RunId,
        fence: Option<Fence>,
        memories: &[MemoryId],
    ) -> Result<Vec<MemoryId>, Error> {
        if memories.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = memories.iter().map(|id| id.uuid()).collect();
        let mut tx = self.scoped(&scope).await?;
        lock::share(&mut tx, scope.user_id).await?;
        if let Some(fence) = fence
            && !hold(&mut tx, fence).await?
        {
            return Ok(Vec::new());
        }
        let shown = sqlx::query_scalar!(
            "INSERT INTO run_memories (run_id, memory_id)
             SELECT r.id, m.id
             FROM memories m
             JOIN runs r ON r.workspace_id = m.workspace_id AND r.owner_id = m.user_id
             WHERE r.id = $1 AND m.id = ANY($2) AND m.workspace_id = $3 AND m.user_id = $4
             ON CONFLICT (run_id, memory_id) DO UPDATE SET forgotten = run_memories.forgotten
             RETURNING memory_id",
            run_id.uuid(),
            &ids,
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(shown.into_iter().map(MemoryId::new).collect())
    }

    /// The memories that a run of theirs was shown and that still exist.
    pub async fn shown_memories(
        &self,
        scope: Scope,
        run_id: RunId,
    ) -> Result<Vec<MemoryId>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let shown = sqlx::query_scalar!(
            "SELECT s.memory_id
             FROM run_memories s
             JOIN memories m ON m.id = s.memory_id
             WHERE s.run_id = $1 AND m.workspace_id = $2 AND m.user_id = $3
             ORDER BY s.memory_id",
            run_id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(shown.into_iter().map(MemoryId::new).collect())
    }
}

//! Pauses of queues on record, so that they outlive Valkey; the bus obeys them.

use mosaic_bus::Pause;
use uuid::Uuid;

use crate::{Error, Purpose, Storage};

impl Storage {
    /// Notes a pause, in place of an earlier one of the same queue.
    pub async fn queue_pause(&self, pause: &Pause) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Queues).await?;
        sqlx::query!(
            "INSERT INTO queue_pauses (queue, id, reason, paused_by, paused_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (queue) DO UPDATE
             SET id = EXCLUDED.id,
                 reason = EXCLUDED.reason,
                 paused_by = EXCLUDED.paused_by,
                 paused_at = EXCLUDED.paused_at",
            pause.queue,
            pause.id,
            pause.reason,
            pause.by,
            pause.at,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets the pause of a queue and says which that was, if there was one.
    pub async fn queue_resume(&self, queue: &str) -> Result<Option<Uuid>, Error> {
        let mut tx = self.system(Purpose::Queues).await?;
        let id = sqlx::query_scalar!(
            "DELETE FROM queue_pauses WHERE queue = $1 RETURNING id",
            queue
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The queues that are paused.
    pub async fn queue_pauses(&self) -> Result<Vec<Pause>, Error> {
        let mut tx = self.system(Purpose::Queues).read().await?;
        let rows = sqlx::query!(
            "SELECT queue, id, reason, paused_by, paused_at FROM queue_pauses ORDER BY queue"
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Pause {
                id: row.id,
                queue: row.queue,
                reason: row.reason,
                by: row.paused_by,
                at: row.paused_at,
            })
            .collect())
    }
}

//! What is due to be published, who sees to it, and the note that it is done. None of these notes waits for the disk:
//! losing one costs a duplicate.

use std::time::Duration;

use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;

use super::Row;
use crate::instance::interval;
use crate::{Error, Purpose, Storage};

impl Storage {
    /// The number of the life of the bus with this name: the same for everybody who asks, and higher than that of every
    /// life entered before. A life that is new makes every undone job and every recent event due again.
    pub async fn bus_enter_life(&self, name: &str) -> Result<i64, Error> {
        let mut tx = self.system(Purpose::Relay).await?;
        let known = sqlx::query_scalar!("SELECT life FROM bus_lives WHERE name = $1", name)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(life) = known {
            return Ok(life);
        }
        sqlx::query!("LOCK TABLE bus_lives IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *tx)
            .await?;
        // Higher than what the rows carry too: a record restored from a copy may have forgotten lives.
        let life = sqlx::query_scalar!(
            "INSERT INTO bus_lives (life, name)
             SELECT 1 + GREATEST(0,
                                 (SELECT max(life) FROM bus_lives),
                                 (SELECT max(life) FROM outbox WHERE kind = 'job'),
                                 (SELECT max(life) FROM outbox WHERE kind = 'event')),
                    $1
             ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
             RETURNING life",
            name,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(life)
    }

    /// Takes entries that were queued at least `older_than` ago and have not been published to this life of the bus:
    /// jobs first, then the oldest. For as long as `lease` nobody else gets them.
    pub async fn outbox_lease(
        &self,
        life: i64,
        older_than: Duration,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, Error> {
        let mut tx = self.system(Purpose::Relay).await?;
        let mut rows = sqlx::query_as!(
            Row,
            "WITH jobs AS MATERIALIZED (
                 SELECT id
                 FROM outbox
                 WHERE kind = 'job'
                   AND life < $1
                   AND queued_at <= now() - $2::interval
                   AND (leased_until IS NULL OR leased_until < now())
                 ORDER BY life, published_at, queued_at
                 LIMIT $4
                 FOR NO KEY UPDATE SKIP LOCKED
             ),
             events AS MATERIALIZED (
                 SELECT id
                 FROM outbox
                 WHERE kind = 'event'
                   AND life < $1
                   AND queued_at <= now() - $2::interval
                   AND (leased_until IS NULL OR leased_until < now())
                 ORDER BY life, published_at, queued_at
                 LIMIT $4 - (SELECT count(*) FROM jobs)
                 FOR NO KEY UPDATE SKIP LOCKED
             )
             UPDATE outbox
             SET leased_until = now() + $3::interval
             WHERE (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
               AND id = ANY (ARRAY(SELECT id FROM jobs UNION ALL SELECT id FROM events))
             RETURNING id, kind, workspace_id, topic, priority, source, subject, actor, traceparent,
                       data, created_at, queued_at, ordering_key, idempotency_key, not_before,
                       set_aside",
            life,
            interval(older_than),
            interval(lease),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.sort_by_key(|row| (row.kind != "job", row.queued_at, row.id));
        Ok(rows.into_iter().map(Row::entry).collect())
    }

    /// Notes that entries were published to this life of the bus. Neither waits for what another holds at the moment (the
    /// end of the job itself, or the scan of another relay) nor makes it wait: returns those, to be marked once more.
    pub async fn outbox_mark_published(
        &self,
        life: i64,
        ids: &[JobId],
    ) -> Result<Vec<JobId>, Error> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut tx = self.system(Purpose::Relay).await?;
        let held = sqlx::query_scalar!(
            "WITH free AS MATERIALIZED (
                 SELECT id
                 FROM outbox
                 WHERE id = ANY ($2) AND life < $1
                 FOR NO KEY UPDATE SKIP LOCKED
             ),
             marked AS (
                 UPDATE outbox
                 SET life = $1, published_at = now(), leased_until = NULL
                 WHERE (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
                   AND id = ANY (ARRAY(SELECT id FROM free))
             )
             SELECT id
             FROM outbox
             WHERE id = ANY ($2) AND life < $1 AND id <> ALL (ARRAY(SELECT id FROM free))",
            life,
            &ids,
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(held.into_iter().map(JobId::new).collect())
    }
}

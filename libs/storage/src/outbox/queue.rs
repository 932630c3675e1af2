//! The outbox as an operator of queues sees it: what is undone, making it due again, forgetting it.

use std::time::Duration;

use mosaic_bus::{AsideJob, RecordCursor};
use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};

use super::{Row, insert_once};
use crate::instance::interval;
use crate::{Error, Purpose, Storage, Tx};

/// Distinguishes the locks of held jobs from other advisory locks.
const HELD: i64 = 0x6865_6c64;

impl Storage {
    /// Writes jobs down in a transaction of their own and answers what is to be handed to the relay: all, except for jobs
    /// whose idempotency key an undone one has.
    pub async fn outbox_enqueue(&self, jobs: Vec<Job>) -> Result<Vec<OutboxEntry>, Error> {
        let mut tx = self.system(Purpose::Queues).await?;
        let entries = jobs.into_iter().map(OutboxEntry::Job).collect();
        let inserted = insert_once(&mut tx, entries).await?;
        tx.commit().await?;
        Ok(inserted)
    }

    /// The queues that have undone jobs.
    pub async fn outbox_queues(&self) -> Result<Vec<String>, Error> {
        let mut tx = self.system(Purpose::Queues).read().await?;
        Ok(sqlx::query_scalar!(
            "SELECT DISTINCT topic FROM outbox WHERE kind = 'job' ORDER BY topic"
        )
        .fetch_all(&mut *tx)
        .await?)
    }

    /// Makes all wanted jobs of a queue due again and says how many; for as long as `lease` no relay takes them. What was set
    /// aside is left alone.
    pub async fn outbox_reopen(&self, queue: &str, lease: Duration) -> Result<u64, Error> {
        let mut tx = self.system(Purpose::Queues).await?;
        let reopened = sqlx::query!(
            "UPDATE outbox
             SET life = 0, published_at = NULL, leased_until = now() + $2::interval
             WHERE id = ANY (ARRAY(SELECT id
                                   FROM outbox
                                   WHERE kind = 'job' AND topic = $1 AND set_aside IS NULL
                                   FOR NO KEY UPDATE SKIP LOCKED))",
            queue,
            interval(lease),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(reopened.rows_affected())
    }

    /// Wanted jobs of a queue after the cursor, in the order in which they were queued, and where the next page begins.
    pub async fn outbox_undone(
        &self,
        queue: &str,
        after: Option<RecordCursor>,
        limit: u32,
    ) -> Result<(Vec<Job>, Option<RecordCursor>), Error> {
        let mut tx = self.system(Purpose::Queues).read().await?;
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, kind, workspace_id, topic, priority, source, subject, actor, traceparent,
                    data, created_at, queued_at, ordering_key, idempotency_key, not_before,
                    set_aside
             FROM outbox
             WHERE kind = 'job'
               AND topic = $1
               AND set_aside IS NULL
               AND ($2::timestamptz IS NULL OR (queued_at, id) > ($2, $3::uuid))
             ORDER BY queued_at, id
             LIMIT $4",
            queue,
            after.map(|cursor| cursor.queued_at),
            after.map(|cursor| cursor.id.uuid()),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        let next = next_page(&rows, limit);
        let jobs = rows.into_iter().filter_map(|row| match row.entry() {
            OutboxEntry::Job(job) => Some(job),
            OutboxEntry::SetAside(..) | OutboxEntry::Event(_) => None,
        });
        Ok((jobs.collect(), next))
    }

    /// Jobs of a queue that were set aside, with the reason, after the cursor, in the order in which they were queued, and
    /// where the next page begins.
    pub async fn outbox_aside(
        &self,
        queue: &str,
        after: Option<RecordCursor>,
        limit: u32,
    ) -> Result<(Vec<AsideJob>, Option<RecordCursor>), Error> {
        let mut tx = self.system(Purpose::Queues).read().await?;
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, kind, workspace_id, topic, priority, source, subject, actor, traceparent,
                    data, created_at, queued_at, ordering_key, idempotency_key, not_before,
                    set_aside
             FROM outbox
             WHERE kind = 'job'
               AND topic = $1
               AND set_aside IS NOT NULL
               AND ($2::timestamptz IS NULL OR (queued_at, id) > ($2, $3::uuid))
             ORDER BY queued_at, id
             LIMIT $4",
            queue,
            after.map(|cursor| cursor.queued_at),
            after.map(|cursor| cursor.id.uuid()),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        let next = next_page(&rows, limit);
        let jobs = rows.into_iter().filter_map(|row| match row.entry() {
            OutboxEntry::SetAside(job, reason) => Some(AsideJob { job, reason }),
            OutboxEntry::Job(_) | OutboxEntry::Event(_) => None,
        });
        Ok((jobs.collect(), next))
    }

    /// Notes that jobs of this queue were set aside and are among the dead letters of this life: every later one gets them as
    /// dead letters too, until [`Storage::outbox_reinstate`] has them wanted again. What was set aside already keeps its
    /// reason. Rows are locked in the order of their ids, so that two who note the same do not wait for each other.
    pub async fn outbox_set_aside(
        &self,
        queue: &str,
        life: i64,
        ids: &[JobId],
        reason: &str,
    ) -> Result<(), Error> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut tx = self.system(Purpose::Queues).await?;
        sqlx::query!(
            "UPDATE outbox
             SET set_aside = $3, life = $1, published_at = now(), leased_until = NULL
             WHERE id = ANY (ARRAY(SELECT id
                                   FROM outbox
                                   WHERE kind = 'job' AND topic = $4 AND id = ANY ($2)
                                     AND set_aside IS NULL
                                   ORDER BY id
                                   FOR NO KEY UPDATE))",
            life,
            &ids,
            reason,
            queue,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets jobs that will never be done, so that no life of the bus brings them back.
    pub async fn outbox_forget(&self, ids: &[JobId]) -> Result<(), Error> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut tx = self.system(Purpose::Queues).await?;
        sqlx::query!(
            "DELETE FROM outbox WHERE kind = 'job' AND id = ANY ($1)",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets a job that was thrown away, if it is one of that queue and workspace: an entry of the bus may carry any id.
    pub async fn outbox_discard(&self, job: &Job) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Queues).await?;
        sqlx::query!(
            "DELETE FROM outbox WHERE kind = 'job' AND id = $1 AND topic = $2 AND workspace_id = $3",
            job.id.uuid(),
            job.queue,
            job.workspace_id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes a job down as wanted and published to this life, whether it was there or not, with the data it has now. It
    /// keeps its place in the order; its idempotency key goes to it unless another undone job has it.
    pub async fn outbox_reinstate(&self, life: i64, job: &Job) -> Result<(), Error> {
        let ordering_key = job.ordering_key.as_deref().filter(|key| !key.is_empty());
        let once = job.idempotency_key.as_deref().filter(|key| !key.is_empty());
        let mut tx = self.system(Purpose::Queues).await?;
        sqlx::query!(
            "INSERT INTO outbox (id, kind, workspace_id, topic, priority, traceparent, data, created_at,
                                 ordering_key, idempotency_key, not_before, life, published_at)
             SELECT $1, 'job', $2, $3, $4, $5, $6, $7, $8,
                    CASE WHEN EXISTS (SELECT FROM outbox
                                      WHERE topic = $3 AND idempotency_key = $9)
                         THEN NULL ELSE $9 END,
                    $10, $11, now()
             ON CONFLICT (id) DO UPDATE
             SET data = EXCLUDED.data, life = EXCLUDED.life, published_at = EXCLUDED.published_at,
                 set_aside = NULL",
            job.id.uuid(),
            job.workspace_id.uuid(),
            job.queue,
            i16::from(job.priority.clamp(1, 10)),
            job.traceparent,
            job.data,
            job.created_at,
            ordering_key,
            once,
            job.not_before,
            life,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Waits until nobody else holds a job, and holds it until the answer is dropped. That keeps others from holding it, and
    /// nobody from anything else. It takes a connection: where there is one alone, nothing is held.
    pub(crate) async fn outbox_hold(&self, id: JobId) -> Result<Option<Tx>, Error> {
        if self.connections() < 2 {
            return Ok(None);
        }
        let mut tx = self.system(Purpose::Queues).read().await?;
        sqlx::query!(
            r#"SELECT pg_advisory_xact_lock(hashtextextended($1, $2)) AS "locked: ()""#,
            id.to_string(),
            HELD,
        )
        .execute(&mut *tx)
        .await?;
        Ok(Some(tx))
    }
}

/// Where the page after these rows begins, if they fill one.
fn next_page(rows: &[Row], limit: u32) -> Option<RecordCursor> {
    let full = u32::try_from(rows.len()).is_ok_and(|count| count >= limit);
    rows.last().filter(|_| full).map(|row| RecordCursor {
        queued_at: row.queued_at,
        id: JobId::new(row.id),
    })
}

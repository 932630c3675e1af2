//! What keeps the outbox right and small in the long run.

use std::time::Duration;

use mosaic_domain::JobId;

use crate::instance::interval;
use crate::{Error, Purpose, Storage};

/// How long a published event stays, so that it can be published again after Valkey lost it.
const KEEP_EVENTS: Duration = Duration::from_hours(1);
/// Events forgotten by one statement.
const PRUNED_AT_ONCE: i64 = 5_000;
/// How long a published job may wait for its first worker before its queue entry counts as lost. In a queue that is
/// longer than that its second entry is a duplicate, so this is generous.
const UNCLAIMED: Duration = Duration::from_mins(10);
/// Entries are published this much earlier than it is noted, at the most.
const NOTED_WITHIN: Duration = Duration::from_secs(5);
/// Such jobs made due again by one sweep: a few at a time, because of those duplicates.
const UNCLAIMED_AT_ONCE: i64 = 100;

impl Storage {
    /// Makes jobs due again whose queue entries must have been lost, and says how many: those of runs whose lease ran
    /// out longer ago than `overdue`, and those of runs that nobody has claimed ten minutes after publishing. Should
    /// their entries turn up after all, the second claim of the run finds nothing to do.
    ///
    /// Nothing is lost in a queue that is paused, nor where an entry that has waited for as long is still to be taken:
    /// `oldest` is the age of the oldest that nobody has taken. Else a long queue would be made longer with every sweep. Nor
    /// is what is among the dead letters lost, of which `dead` are the jobs, nor what is on record as set aside.
    pub async fn outbox_reopen_stranded(
        &self,
        overdue: Duration,
        oldest: Option<Duration>,
        dead: &[JobId],
    ) -> Result<u64, Error> {
        let dead: Vec<uuid::Uuid> = dead.iter().map(|id| id.uuid()).collect();
        let waited = oldest.map_or(Duration::ZERO, |age| age.saturating_add(NOTED_WITHIN));
        let mut tx = self.system(Purpose::Relay).await?;
        let unleased = sqlx::query!(
            "UPDATE outbox
             SET life = 0, published_at = NULL
             WHERE id = ANY (ARRAY(SELECT id
                                   FROM outbox
                                   WHERE kind = 'job'
                                     AND published_at < now() - GREATEST($1::interval, $2::interval)
                                     AND topic NOT IN (SELECT queue FROM queue_pauses)
                                     AND set_aside IS NULL
                                     AND NOT id = ANY ($3)
                                     AND id = ANY (ARRAY(SELECT job_id
                                                         FROM runs
                                                         WHERE state = 'running'
                                                           AND lease_until < now() - $1::interval))
                                   FOR NO KEY UPDATE SKIP LOCKED))",
            interval(overdue),
            interval(waited),
            &dead,
        )
        .execute(&mut *tx)
        .await?;
        // A run that waits for another one has no job yet, so these are the active runs of their conversations.
        let unclaimed = sqlx::query!(
            "WITH overdue AS MATERIALIZED (
                 SELECT id, published_at
                 FROM outbox
                 WHERE kind = 'job'
                   AND life > 0
                   AND published_at < now() - $1::interval
                   AND topic NOT IN (SELECT queue FROM queue_pauses)
                   AND set_aside IS NULL
                   AND NOT id = ANY ($3)
             )
             UPDATE outbox
             SET life = 0, published_at = NULL
             WHERE id = ANY (ARRAY(SELECT id
                                   FROM outbox
                                   WHERE id = ANY (ARRAY(SELECT o.id
                                                         FROM overdue o
                                                         JOIN runs r ON r.job_id = o.id
                                                         WHERE r.state = 'queued'
                                                         ORDER BY o.published_at
                                                         LIMIT $2))
                                     AND published_at < now() - $1::interval
                                   FOR NO KEY UPDATE SKIP LOCKED))",
            interval(UNCLAIMED.max(waited)),
            UNCLAIMED_AT_ONCE,
            &dead,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(unleased.rows_affected() + unclaimed.rows_affected())
    }

    /// Forgets events that were published long ago, and says how many. Several callers share the work.
    pub async fn outbox_prune(&self) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            let mut tx = self.system(Purpose::Relay).await?;
            let done = sqlx::query!(
                "DELETE FROM outbox
                 WHERE id = ANY (ARRAY(SELECT id
                                       FROM outbox
                                       WHERE kind = 'event'
                                         AND life = (SELECT max(life) FROM bus_lives)
                                         AND published_at < now() - $1::interval
                                       ORDER BY life, published_at, queued_at
                                       LIMIT $2
                                       FOR UPDATE SKIP LOCKED))",
                interval(KEEP_EVENTS),
                PRUNED_AT_ONCE,
            )
            .execute(&mut *tx)
            .await?
            .rows_affected();
            tx.commit().await?;
            pruned += done;
            if done < PRUNED_AT_ONCE.unsigned_abs() {
                return Ok(pruned);
            }
        }
    }
}

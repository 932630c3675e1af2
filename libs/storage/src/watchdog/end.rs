//! Ending a silent run that cannot be recovered.

use chrono::{DateTime, Utc};
use mosaic_domain::{Cursor, RunEvent};
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::log::LogEvent;

use super::SilentRun;
use crate::finish::{lock_conversation, start_next};
use crate::log::{signed, unsigned};
use crate::{Error, Storage, log};

impl Storage {
    /// Ends a silent run as failed, in an epoch of its own, and begins what waits behind it. Returns what to publish;
    /// `None` if the run was claimed or has ended meanwhile.
    pub async fn fail_silent_run(
        &self,
        run: &SilentRun,
        code: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<OutboxEntry>>, Error> {
        let mut tx = self.pool.begin().await?;
        lock_conversation(&mut tx, run.conversation_id).await?;
        let row = sqlx::query!(
            "UPDATE runs
             SET state = 'failed',
                 epoch = epoch + 1,
                 log_seq = log_seq + 1,
                 lease_until = NULL,
                 end_code = $4,
                 end_reason = $5,
                 ended_at = now()
             WHERE id = $1
               AND epoch = $2
               AND state = $3
               AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
             RETURNING epoch, log_seq",
            run.run_id.uuid(),
            signed(run.epoch),
            run.state.as_str(),
            code,
            reason,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let failed = RunEvent::Failed {
            code: code.to_owned(),
            reason: reason.to_owned(),
        };
        let cursor = Cursor::new(unsigned(row.epoch), unsigned(row.log_seq));
        let event = LogEvent::encode(cursor, &failed, now)
            .map_err(|error| Error::corrupt("run_log", "events", run.run_id, error))?;
        log::append(&mut tx, run.workspace_id, run.run_id, &[event]).await?;
        sqlx::query!("DELETE FROM outbox WHERE id = $1", run.job_id.uuid())
            .execute(&mut *tx)
            .await?;
        sqlx::query!("DELETE FROM run_watch WHERE run_id = $1", run.run_id.uuid())
            .execute(&mut *tx)
            .await?;
        let active = sqlx::query_scalar!(
            "SELECT active_run_id FROM conversations WHERE id = $1",
            run.conversation_id.uuid(),
        )
        .fetch_one(&mut *tx)
        .await?;
        let next = if active == Some(run.run_id.uuid()) {
            start_next(&mut tx, run.workspace_id, run.conversation_id).await?
        } else {
            None
        };
        tx.commit().await?;
        Ok(Some(next.map(OutboxEntry::Job).into_iter().collect()))
    }
}

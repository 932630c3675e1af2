//! Ending a silent run that cannot be recovered.

use chrono::{DateTime, Utc};
use mosaic_domain::{Cursor, RunEvent};
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

use super::SilentRun;
use crate::control::following;
use crate::finish::{lock_conversation, start_next};
use crate::log::{signed, unsigned};
use crate::{Error, Purpose, Storage, log};

/// Why a silent run is ended.
#[derive(Debug, Clone)]
pub struct SilentEnd<'a> {
    /// Machine-readable.
    pub code: &'a str,
    /// For people.
    pub reason: &'a str,
    /// When.
    pub now: DateTime<Utc>,
    /// What watchers saw of the run that is not recorded: it stays in the log, as far as it follows what is.
    pub shown: &'a [LogEvent],
}

/// A silent run that was ended.
#[derive(Debug, Clone)]
pub struct SilenceEnded {
    /// The end of its log, to be shown: whoever wrote to the stream until now cannot go on behind it.
    pub event: LogEvent,
    /// To be published.
    pub outbox: Vec<OutboxEntry>,
}

impl Storage {
    /// Ends a silent run as failed, in an epoch of its own, and begins what waits behind it. `None` if the run was claimed
    /// or has ended meanwhile.
    pub async fn fail_silent_run(
        &self,
        run: &SilentRun,
        end: &SilentEnd<'_>,
    ) -> Result<Option<SilenceEnded>, Error> {
        let mut tx = self.system(Purpose::Watchdog).await?;
        lock_conversation(&mut tx, run.conversation_id).await?;
        let Some(recorded) = still_silent(&mut tx, run).await? else {
            return Ok(None);
        };
        let shown = following(recorded, run.epoch, end.shown);
        let last = shown.last().map_or(recorded, |event| event.cursor.seq);
        let failed = RunEvent::Failed {
            code: end.code.to_owned(),
            reason: end.reason.to_owned(),
        };
        let event = LogEvent::encode(Cursor::new(run.epoch + 1, last + 1), &failed, end.now)
            .map_err(|error| Error::corrupt("run_log", "events", run.run_id, error))?;
        log::append(&mut tx, run.workspace_id, run.run_id, shown).await?;
        let own = std::slice::from_ref(&event);
        log::append(&mut tx, run.workspace_id, run.run_id, own).await?;
        end_run(&mut tx, run, end, event.cursor).await?;
        sqlx::query!("DELETE FROM outbox WHERE id = $1", run.job_id.uuid())
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
        Ok(Some(SilenceEnded {
            event,
            outbox: next.map(OutboxEntry::Job).into_iter().collect(),
        }))
    }
}

/// Locks the run if it is as it was found, and answers where its recorded log ends.
async fn still_silent(tx: &mut PgConnection, run: &SilentRun) -> Result<Option<u32>, Error> {
    let log_seq = sqlx::query_scalar!(
        "SELECT log_seq
         FROM runs
         WHERE id = $1
           AND epoch = $2
           AND state = $3
           AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
         FOR NO KEY UPDATE",
        run.run_id.uuid(),
        signed(run.epoch),
        run.state.as_str(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(log_seq.map(unsigned))
}

async fn end_run(
    tx: &mut PgConnection,
    run: &SilentRun,
    end: &SilentEnd<'_>,
    last: Cursor,
) -> Result<(), Error> {
    sqlx::query!(
        "WITH watched AS (DELETE FROM run_watch WHERE run_id = $1)
         UPDATE runs
         SET state = 'failed',
             epoch = $2,
             log_seq = $3,
             lease_until = NULL,
             end_code = $4,
             end_reason = $5,
             ended_at = now()
         WHERE id = $1",
        run.run_id.uuid(),
        signed(last.epoch),
        signed(last.seq),
        end.code,
        end.reason,
    )
    .execute(tx)
    .await?;
    Ok(())
}

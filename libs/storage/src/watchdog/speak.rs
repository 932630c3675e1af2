//! Saying in a run's log that nothing is heard of it, and putting its job back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{Cursor, InstanceId, RunEvent, RunState};
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

use super::SilentRun;
use crate::finish::{lock_conversation, queue_run};
use crate::instance::interval;
use crate::log::{signed, unsigned};
use crate::{Error, Purpose, Storage, log};

/// What is said about a silent run, and whether something is done.
#[derive(Debug, Clone)]
pub struct SilenceNote<'a> {
    /// Who says it.
    pub by: InstanceId,
    /// What everyone who watches is told.
    pub note: &'a str,
    /// Whether its job is put back.
    pub recover: bool,
    /// How long it was silent at the least, and how long nothing was said.
    pub silence: Duration,
    /// When.
    pub now: DateTime<Utc>,
}

impl Storage {
    /// Says in the log of a silent run that nothing is heard of it, and puts its job back if that is wanted. A run whose
    /// worker is gone is queued again with this: its log goes on behind what is recorded, in an epoch of its own. Returns
    /// what to publish; `None` if the run was claimed, has ended, or was spoken of meanwhile.
    pub async fn speak_of_silence(
        &self,
        run: &SilentRun,
        note: &SilenceNote<'_>,
    ) -> Result<Option<Vec<OutboxEntry>>, Error> {
        let mut tx = self.system(Purpose::Watchdog).await?;
        lock_conversation(&mut tx, run.conversation_id).await?;
        let Some(events) = queued_again(&mut tx, run, note).await? else {
            return Ok(None);
        };
        let epoch = events.last().map_or(run.epoch, |last| last.cursor.epoch);
        if !first_to_speak(&mut tx, run, epoch, note).await? {
            return Ok(None);
        }
        log::append(&mut tx, run.workspace_id, run.run_id, &events).await?;
        let outbox = if note.recover {
            put_back(&mut tx, run).await?
        } else {
            Vec::new()
        };
        tx.commit().await?;
        Ok(Some(outbox))
    }
}

/// Moves the end of the log on and answers the events that stand there. Nobody holds the run, so it is queued.
async fn queued_again(
    tx: &mut PgConnection,
    run: &SilentRun,
    note: &SilenceNote<'_>,
) -> Result<Option<Vec<LogEvent>>, Error> {
    // Watchers may have seen more of a worker that is gone than is recorded: that is taken back.
    let taken = run.state == RunState::Running;
    let epoch = run.epoch + u32::from(taken);
    let recorded = sqlx::query_scalar!(
        r#"UPDATE runs
           SET state = 'queued',
               lease_until = NULL,
               worker_id = NULL,
               epoch = $4,
               log_seq = log_seq + $5
           WHERE id = $1
             AND epoch = $2
             AND state = $3
             AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
           RETURNING log_seq - $5 AS "recorded!""#,
        run.run_id.uuid(),
        signed(run.epoch),
        run.state.as_str(),
        signed(epoch),
        1 + i32::from(taken),
    )
    .fetch_optional(tx)
    .await?;
    let Some(rewind_to) = recorded.map(unsigned) else {
        return Ok(None);
    };
    let mut said = Vec::new();
    if taken {
        let worker_id = note.by;
        said.push(RunEvent::Resumed {
            worker_id,
            rewind_to,
        });
    }
    said.push(RunEvent::Progress {
        note: note.note.to_owned(),
    });
    let events = said.iter().zip(rewind_to + 1..).map(|(event, seq)| {
        LogEvent::encode(Cursor::new(epoch, seq), event, note.now)
            .map_err(|error| Error::corrupt("run_log", "events", run.run_id, error))
    });
    events.collect::<Result<_, _>>().map(Some)
}

/// Notes that it was spoken of; false if somebody else has done so meanwhile.
async fn first_to_speak(
    tx: &mut PgConnection,
    run: &SilentRun,
    epoch: u32,
    note: &SilenceNote<'_>,
) -> Result<bool, Error> {
    let recoveries = run.recoveries + u32::from(note.recover);
    let noted = sqlx::query_scalar!(
        "INSERT INTO run_watch (run_id, epoch, recoveries)
         VALUES ($1, $2, $3)
         ON CONFLICT (run_id) DO UPDATE
         SET epoch = EXCLUDED.epoch, recoveries = EXCLUDED.recoveries, spoken_at = now()
         WHERE run_watch.spoken_at < now() - $4::interval
         RETURNING run_id",
        run.run_id.uuid(),
        signed(epoch),
        signed(recoveries),
        interval(note.silence),
    )
    .fetch_optional(tx)
    .await?;
    Ok(noted.is_some())
}

/// Makes the job due again, or makes it anew if it is gone. One that an operator set aside stays so.
async fn put_back(tx: &mut PgConnection, run: &SilentRun) -> Result<Vec<OutboxEntry>, Error> {
    let due = sqlx::query_scalar!(
        "UPDATE outbox
         SET life = CASE WHEN set_aside IS NULL THEN 0 ELSE life END,
             published_at = CASE WHEN set_aside IS NULL THEN NULL ELSE published_at END,
             leased_until = NULL
         WHERE id = $1
         RETURNING id",
        run.job_id.uuid(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    if due.is_some() {
        return Ok(Vec::new());
    }
    let job = queue_run(tx, run.workspace_id, run.conversation_id, run.run_id).await?;
    Ok(job.map(OutboxEntry::Job).into_iter().collect())
}

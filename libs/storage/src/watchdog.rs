//! Runs of which nothing is heard: finding them, saying so in their logs, putting their jobs back, ending them.
//!
//! A run is silent when nobody has claimed it for long, or when the lease of its worker ran out long ago and nobody has
//! taken it over. Everything here states the epoch and the state in which the run was found, so that a claim that comes
//! first has the last word, and two watchdogs never do the same thing twice.

mod end;
mod speak;

use std::time::Duration;

use mosaic_domain::{ConversationId, JobId, RunId, RunState, WorkspaceId};

use crate::instance::interval;
use crate::log::unsigned;
use crate::{Error, Purpose, Storage};

pub use end::{SilenceEnded, SilentEnd};
pub use speak::SilenceNote;

/// A run that was claimed as often as this without recording a step kills its workers and is given up.
pub const MAX_CLAIMS: u32 = 5;

/// A run of which nothing is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentRun {
    /// The run.
    pub run_id: RunId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Queued, or running with nobody who holds it.
    pub state: RunState,
    /// Number of its newest claim.
    pub epoch: u32,
    /// Its job.
    pub job_id: JobId,
    /// Claims since a step was last recorded.
    pub claims: u32,
    /// How long nothing was heard.
    pub silent_for: Duration,
    /// How long ago its job was last put into the queue, if it was.
    pub published_for: Option<Duration>,
    /// Whether an operator has set its job aside, as the record knows.
    pub set_aside: bool,
    /// How often its job was put back since it was last claimed.
    pub recoveries: u32,
}

impl Storage {
    /// Runs that have been silent for `silence` and of which nothing was said for as long, the longest silent first. A
    /// run that waits for another one of its conversation, or is paused, is not silent: it is not its turn.
    pub async fn silent_runs(
        &self,
        silence: Duration,
        limit: u32,
    ) -> Result<Vec<SilentRun>, Error> {
        let mut tx = self.system(Purpose::Watchdog).read().await?;
        let rows = sqlx::query!(
            r#"SELECT r.id, r.workspace_id, r.conversation_id, r.state, r.epoch, r.job_id, r.claims,
                      EXTRACT(EPOCH FROM now() - s.since)::float8 AS "silent_for!",
                      EXTRACT(EPOCH FROM now() - o.published_at)::float8 AS published_for,
                      o.set_aside IS NOT NULL AS "set_aside!",
                      CASE WHEN w.epoch = r.epoch THEN w.recoveries ELSE 0 END AS "recoveries!"
               FROM runs r
               JOIN conversations c ON c.id = r.conversation_id
               LEFT JOIN outbox o ON o.id = r.job_id
               LEFT JOIN run_watch w ON w.run_id = r.id
               CROSS JOIN LATERAL (
                   SELECT CASE WHEN r.state = 'running' THEN r.lease_until
                               ELSE COALESCE(o.queued_at, r.started_at, r.created_at)
                          END AS since
               ) s
               WHERE (r.state = 'running' OR (r.state = 'queued' AND c.active_run_id = r.id))
                 AND s.since < now() - $1::interval
                 AND (w.spoken_at IS NULL OR w.spoken_at < now() - $1::interval)
               ORDER BY s.since
               LIMIT $2"#,
            interval(silence),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                let run_id = RunId::new(row.id);
                Ok(SilentRun {
                    run_id,
                    workspace_id: WorkspaceId::new(row.workspace_id),
                    conversation_id: ConversationId::new(row.conversation_id),
                    state: row
                        .state
                        .parse()
                        .map_err(|error| Error::corrupt("runs", "state", run_id, error))?,
                    epoch: unsigned(row.epoch),
                    job_id: JobId::new(row.job_id),
                    claims: unsigned(row.claims),
                    silent_for: Duration::try_from_secs_f64(row.silent_for).unwrap_or_default(),
                    published_for: row
                        .published_for
                        .map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()),
                    set_aside: row.set_aside,
                    recoveries: unsigned(row.recoveries),
                })
            })
            .collect()
    }
}

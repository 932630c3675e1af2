//! Throwing the job of a run away: nobody will do it any more, so its run ends with it. Left as it is, the run would be taken for
//! one whose job was lost, and be executed all the same.

use chrono::{DateTime, Utc};
use mosaic_domain::{JobId, RunEvent, RunId, RunState, WorkspaceId};
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

use super::{Change, Commanded, End, Locked, Reach};
use crate::{Error, Storage};

/// Why such a run ends, for programs.
const CODE: &str = "job_discarded";
/// The same for whoever owns the run: why an operator did so stands in the audit log.
const REASON: &str = "An operator has thrown the job of this run away, so nobody will do it any more. Send the message again if it \
                      is still to be answered.";

/// A run whose job is thrown away.
#[derive(Debug, Clone, Copy)]
pub struct Discard<'a> {
    /// Whose the job is.
    pub workspace_id: WorkspaceId,
    /// The run.
    pub run_id: RunId,
    /// The job.
    pub job_id: JobId,
    /// When.
    pub now: DateTime<Utc>,
    /// What watchers saw of the run that is not recorded: it stays in the log, as far as it follows what is.
    pub shown: &'a [LogEvent],
}

impl Storage {
    /// The run that has not ended and that this job does, as the record has it: `named`, if the job names one.
    pub async fn run_of_job(
        &self,
        workspace_id: WorkspaceId,
        job_id: JobId,
        named: Option<RunId>,
    ) -> Result<Option<RunId>, Error> {
        let mut tx = self.within(workspace_id).read().await?;
        let id = sqlx::query_scalar!(
            "SELECT id
             FROM runs
             WHERE workspace_id = $1
               AND job_id = $2
               AND id = COALESCE($3, id)
               AND state IN ('queued', 'running', 'paused')",
            workspace_id.uuid(),
            job_id.uuid(),
            named.map(RunId::uuid),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(id.map(RunId::new))
    }

    /// Ends a run as failed because its job is thrown away, takes that off the record, and begins what waits behind the run.
    /// `None`, and nothing is changed, if another job does it, somebody holds it, it is paused (resuming it makes another job)
    /// or it has ended.
    pub async fn discard_run(&self, discard: &Discard<'_>) -> Result<Option<Change>, Error> {
        let reach = Reach::Workspace(discard.workspace_id);
        let mut tx = self.reaching(reach).with_outbox().await?;
        let Some(run) = Locked::find(&mut tx, reach, discard.run_id).await? else {
            return Ok(None);
        };
        let waits = match run.state {
            RunState::Queued => true,
            RunState::Running => !run.leased,
            _ => false,
        };
        if !waits || run.job_id != discard.job_id {
            return Ok(None);
        }
        let Commanded::Done(change) = end(&mut tx, run, discard).await? else {
            return Ok(None);
        };
        tx.commit().await?;
        Ok(Some(*change))
    }
}

async fn end(
    tx: &mut PgConnection,
    mut run: Locked,
    discard: &Discard<'_>,
) -> Result<Commanded, Error> {
    run.keep(tx, discard.shown).await?;
    let failed = RunEvent::Failed {
        code: CODE.to_owned(),
        reason: REASON.to_owned(),
    };
    let event = run.event(&failed, discard.now)?;
    let end = End {
        state: RunState::Failed,
        code: Some(CODE),
        reason: REASON,
    };
    run.end(tx, &end, event).await
}

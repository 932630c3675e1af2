//! Having a paused run go on.

use mosaic_domain::{JobId, RunState};
use mosaic_proto::job::OutboxEntry;
use sqlx::PgConnection;

use super::{Change, Command, Commanded, Locked, note};
use crate::finish::queue_run;
use crate::{Error, Storage};

impl Storage {
    /// Queues a paused run again, under the job `job_id`, and takes back the request to pause one that still runs. `None` if
    /// there is no such run within reach.
    pub async fn resume_run(
        &self,
        command: &Command<'_>,
        job_id: JobId,
    ) -> Result<Option<Commanded>, Error> {
        let mut tx = self.reaching(command.reach).with_outbox().await?;
        let Some(run) = Locked::find(&mut tx, command.reach, command.run_id).await? else {
            return Ok(None);
        };
        let resumed = resume(&mut tx, &run, job_id).await?;
        note(&mut tx, "run.resume", command, &resumed).await?;
        tx.commit().await?;
        Ok(Some(resumed))
    }
}

async fn resume(tx: &mut PgConnection, run: &Locked, job_id: JobId) -> Result<Commanded, Error> {
    let mut change = Change {
        conversation_id: run.conversation_id,
        event: None,
        outbox: Vec::new(),
        worker_id: None,
    };
    match run.state {
        state if state.is_terminal() => return Ok(Commanded::Ended(state)),
        RunState::Paused => {
            // Whatever the run did before the pause, its claims were no sign of a run that kills its workers.
            sqlx::query!(
                "UPDATE runs
                 SET state = 'queued', pause_reason = NULL, job_id = $2, claims = 0
                 WHERE id = $1",
                run.run_id.uuid(),
                job_id.uuid(),
            )
            .execute(&mut *tx)
            .await?;
            // One that waits for its turn gets its job then.
            if run.active {
                let job = queue_run(tx, run.workspace_id, run.conversation_id, run.run_id).await?;
                change.outbox.extend(job.map(OutboxEntry::Job));
            }
        }
        // Also one that lost its worker before that carried out the pause, and was queued again.
        RunState::Running | RunState::Queued if run.pausing => {
            sqlx::query!(
                "UPDATE runs SET pause_reason = NULL WHERE id = $1",
                run.run_id.uuid()
            )
            .execute(tx)
            .await?;
        }
        state => return Ok(Commanded::Unchanged(state)),
    }
    Ok(Commanded::Done(Box::new(change)))
}

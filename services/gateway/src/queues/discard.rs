//! Throwing a dead letter away for good. A run that waits for the job ends with it: nobody would do it any more, and the watchdog
//! would take it for one whose job was lost and have it executed all the same.

use mosaic_domain::RunId;
use mosaic_proto::job::{Job, RUNS_QUEUE};
use mosaic_runtime::clock;
use mosaic_storage::{AuditOutcome, Discard, JobTarget};

use super::dead::{Reach, dead_letter, missing};
use super::{QueueCommand, contract};
use crate::error::ApiResult;
use crate::state::Gateway;

impl Gateway {
    /// Throws a dead letter away for good, and ends the run that waits for its job.
    pub(crate) async fn discard_dead(
        &self,
        command: QueueCommand,
        name: &str,
        entry: &str,
    ) -> ApiResult<()> {
        let queue = self.queue_for(&command, name).await?;
        let dead = match dead_letter(&queue, entry, Reach::of(&command)).await {
            Ok(dead) => dead,
            Err(why) => return Err(self.refused(&command, why).await),
        };
        // Named before anything is done: whatever fails then, it stands beside the command which run it is about.
        let waiting = match &dead.job {
            Some(job) => self.waiting_run(job).await?,
            None => None,
        };
        let command = match waiting {
            Some(run_id) => command.about(&format!("run {run_id}")),
            None => command,
        };
        let (gateway, entry) = (self.clone(), entry.to_owned());
        self.carry_out_telling(command, async move {
            let only = gateway.queues.is_only(queue.name(), &entry).await?;
            let letter = gateway.queues.hold_dead(queue.name(), &entry).await?;
            // Somebody may have been quicker.
            let letter = letter.ok_or_else(|| missing(&entry))?;
            let job = letter.dead().job.clone();
            let ended = match job {
                Some(job) if only => gateway.end_run_of(&job).await?,
                Some(_) | None => None,
            };
            let gone = letter.discard(only).await?;
            if gone.is_none() && ended.is_none() {
                return Err(missing(&entry));
            }
            let told = ended.map(|_| "ended with it".to_owned());
            Ok(((), AuditOutcome::Done, told))
        })
        .await
    }

    /// The run that waits for a job of the queue of runs.
    async fn waiting_run(&self, job: &Job) -> ApiResult<Option<RunId>> {
        if job.queue != RUNS_QUEUE {
            return Ok(None);
        }
        let named = match contract::target(&job.queue, &job.data) {
            Some(JobTarget::Run(run_id, _)) => Some(run_id),
            _ => None,
        };
        let (workspace_id, job_id) = (job.workspace_id, job.id);
        let found = self.storage.run_of_job(workspace_id, job_id, named);
        Ok(found.await?)
    }

    /// Ends the run that waits for a job, if nobody has taken it up, and says which.
    async fn end_run_of(&self, job: &Job) -> ApiResult<Option<RunId>> {
        let Some(run_id) = self.waiting_run(job).await? else {
            return Ok(None);
        };
        let (workspace_id, job_id) = (job.workspace_id, job.id);
        let shown = self.shown(run_id).await?.unwrap_or_default();
        let discard = Discard {
            workspace_id,
            run_id,
            job_id,
            now: clock::now(),
            shown: &shown,
        };
        let Some(change) = self.storage.discard_run(&discard).await? else {
            return Ok(None);
        };
        self.publish(run_id, change);
        Ok(Some(run_id))
    }
}

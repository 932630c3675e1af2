//! Ending runs by force.

use std::collections::BTreeMap;

use mosaic_domain::{InstanceId, RunId, RunState};
use mosaic_error::{ErrorCode, Problem};
use mosaic_proto::log::LogEvent;
use mosaic_storage::{AuditOutcome, Command, Commanded, NewAudit, Reach, RunEntry};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::{Commander, ended, missing};
use crate::control::Word;
use crate::error::{ApiError, ApiResult};
use crate::shown;
use crate::state::Gateway;

/// Runs after which their workers are told.
const BATCH: usize = 50;

impl Commander {
    /// What is written down about a kill of all runs within reach.
    fn kill_all_entry<'a>(
        &'a self,
        reach: Reach,
        reason: &'a str,
        outcome: AuditOutcome,
    ) -> NewAudit<'a> {
        NewAudit {
            by: &self.actor,
            action: "run.kill_all",
            target: Self::target(reach),
            reason: Some(reason),
            outcome,
        }
    }

    /// Whose runs these are, as it is written down.
    pub(crate) fn target(reach: Reach) -> (&'static str, String) {
        match reach {
            Reach::Own(scope) => ("user", scope.user_id.to_string()),
            Reach::Workspace(id) => ("workspace", id.to_string()),
        }
    }
}

impl Gateway {
    /// Ends a run by force, at once.
    pub(crate) async fn kill(
        &self,
        who: &Commander,
        run_id: RunId,
        reason: &str,
    ) -> ApiResult<RunEntry> {
        // Nothing of a stranger's run is read.
        let reached = self.storage.run_entry(who.reach(), run_id).await?;
        if reached.is_none() {
            return Err(self.out_of_reach(who, "run.kill", run_id).await);
        }
        let shown = self.shown(run_id).await?.unwrap_or_default();
        let command = who.command(run_id, reason);
        let killed = self.storage.kill_run(&command, &shown).await?;
        match killed.ok_or_else(|| missing(run_id))? {
            Commanded::Done(change) => {
                let holder = change.worker_id;
                self.publish(run_id, *change);
                self.tell_soon(holder, Word::Kill(vec![run_id], reason.to_owned()));
            }
            Commanded::Ended(state) => return Err(ended(run_id, state)),
            Commanded::Unchanged(_) | Commanded::Requested { .. } | Commanded::Stopping => {}
        }
        self.entry(who, run_id).await
    }

    /// Ends every run within reach by force, and says how many. It is written down first, and goes on whether or not its caller
    /// waits for it. Where nothing runs, that is written down as refusals are: asked for again and again it is one row.
    pub(crate) async fn kill_all(
        &self,
        who: Commander,
        reach: Reach,
        reason: String,
    ) -> ApiResult<u32> {
        if self.storage.live_runs(reach).await?.is_empty() {
            let nothing = who.kill_all_entry(reach, &reason, AuditOutcome::Refused);
            self.storage.audit(&nothing).await?;
            return Ok(0);
        }
        let requested = who.kill_all_entry(reach, &reason, AuditOutcome::Requested);
        self.storage.audit(&requested).await?;
        let gateway = self.clone();
        let (answer, answered) = oneshot::channel();
        let task = async move {
            let killed = gateway.kill_within(&who, reach, &reason).await;
            let outcome = match &killed {
                Ok(_) => AuditOutcome::Done,
                Err(_) => AuditOutcome::Failed,
            };
            let entry = who.kill_all_entry(reach, &reason, outcome);
            if let Err(error) = gateway.storage.audit(&entry).await {
                tracing::error!(outcome = outcome.as_str(), %error, "how a kill of all runs went cannot be written down");
            }
            drop(answer.send(killed));
        };
        self.life.spawn(task.in_current_span());
        answered.await.unwrap_or_else(|_| {
            let detail = "The gateway ends before all runs are killed.";
            Err(ApiError::new(ErrorCode::Unavailable, detail))
        })
    }

    /// Ends what runs within reach, batch by batch. One that cannot be ended does not save the others.
    async fn kill_within(&self, who: &Commander, reach: Reach, reason: &str) -> ApiResult<u32> {
        let (mut killed, mut failed) = (0, 0);
        let mut valkey_answers = true;
        for batch in self.storage.live_runs(reach).await?.chunks(BATCH) {
            let mut held: BTreeMap<InstanceId, Vec<RunId>> = BTreeMap::new();
            for &run_id in batch {
                let mut command = who.command(run_id, reason);
                command.reach = reach;
                match self.kill_one(&command, &mut valkey_answers).await {
                    Ok(None) => {}
                    Ok(Some(holder)) => {
                        killed += 1;
                        if let Some(worker_id) = holder {
                            held.entry(worker_id).or_default().push(run_id);
                        }
                    }
                    Err(error) => {
                        failed += 1;
                        tracing::error!(run.id = %run_id, error = %error.problem.detail, "a run cannot be killed");
                    }
                }
            }
            for (worker_id, runs) in held {
                self.tell_soon(Some(worker_id), Word::Kill(runs, reason.to_owned()));
            }
        }
        match failed {
            0 => Ok(killed),
            _ => Err(not_all(killed, failed)),
        }
    }

    /// Ends a run of many, and says who held it; `None` if it had ended before.
    pub(crate) async fn kill_one(
        &self,
        command: &Command<'_>,
        valkey_answers: &mut bool,
    ) -> ApiResult<Option<Option<InstanceId>>> {
        let shown = if *valkey_answers {
            self.shown(command.run_id).await?
        } else {
            None
        };
        *valkey_answers &= shown.is_some();
        let shown = shown.unwrap_or_default();
        let Some(Commanded::Done(change)) = self.storage.kill_run(command, &shown).await? else {
            return Ok(None);
        };
        let holder = change.worker_id;
        self.publish(command.run_id, *change);
        Ok(Some(holder))
    }

    /// What watchers saw of a run that its worker has not recorded yet; `None` if Valkey does not say in time.
    pub(crate) async fn shown(&self, run_id: RunId) -> ApiResult<Option<Vec<LogEvent>>> {
        let head = self.storage.run_head(run_id).await?;
        let Some(head) = head.filter(|head| head.state == RunState::Running) else {
            return Ok(Some(Vec::new()));
        };
        let logs = self.bus.run_logs();
        Ok(shown::unrecorded(&logs, run_id, head.last).await)
    }
}

fn not_all(killed: u32, failed: u32) -> ApiError {
    let detail = format!("{killed} runs were killed, and {failed} could not be.");
    Problem::new(ErrorCode::Unavailable, detail)
        .with_remedy("Try again; those that have ended are left as they are.")
        .into()
}

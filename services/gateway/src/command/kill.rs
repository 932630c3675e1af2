//! Ending runs by force.

use std::collections::BTreeMap;
use std::time::Duration;

use mosaic_domain::{InstanceId, RunId, RunState};
use mosaic_proto::log::LogEvent;
use mosaic_storage::{AuditOutcome, Commanded, NewAudit, Reach, RunEntry};
use tokio::time::timeout;

use super::{Commander, ended, missing};
use crate::control::Word;
use crate::error::ApiResult;
use crate::state::Gateway;

/// How long Valkey may take to say what watchers saw: a kill does not wait for it.
const PEEK: Duration = Duration::from_millis(300);
/// Events of a step in hand that are kept at the most.
const KEPT: usize = 5_000;

impl Gateway {
    /// Ends a run by force, at once.
    pub(crate) async fn kill(
        &self,
        who: &Commander,
        run_id: RunId,
        reason: &str,
    ) -> ApiResult<RunEntry> {
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

    /// Ends every run within reach by force, and says how many.
    pub(crate) async fn kill_all(
        &self,
        who: &Commander,
        reach: Reach,
        reason: &str,
    ) -> ApiResult<u32> {
        let mut killed = 0;
        let mut valkey_answers = true;
        let mut held: BTreeMap<InstanceId, Vec<RunId>> = BTreeMap::new();
        for run_id in self.storage.live_runs(reach).await? {
            let shown = if valkey_answers {
                self.shown(run_id).await?
            } else {
                None
            };
            valkey_answers &= shown.is_some();
            let mut command = who.command(run_id, reason);
            command.reach = reach;
            let shown = shown.unwrap_or_default();
            let outcome = self.storage.kill_run(&command, &shown).await?;
            if let Some(Commanded::Done(change)) = outcome {
                killed += 1;
                if let Some(worker_id) = change.worker_id {
                    held.entry(worker_id).or_default().push(run_id);
                }
                self.publish(run_id, *change);
            }
        }
        for (worker_id, runs) in held {
            self.tell_soon(Some(worker_id), Word::Kill(runs, reason.to_owned()));
        }
        let target = match reach {
            Reach::Own(scope) => ("user", scope.user_id.to_string()),
            Reach::Workspace(id) => ("workspace", id.to_string()),
        };
        let entry = NewAudit {
            by: &who.actor,
            action: "run.kill_all",
            target,
            reason: Some(reason),
            outcome: AuditOutcome::Done,
        };
        self.storage.audit(&entry).await?;
        Ok(killed)
    }

    /// What watchers saw of a run that its worker has not recorded yet; `None` if Valkey does not say in time.
    async fn shown(&self, run_id: RunId) -> ApiResult<Option<Vec<LogEvent>>> {
        let head = self.storage.run_head(run_id).await?;
        let Some(head) = head.filter(|head| head.state == RunState::Running) else {
            return Ok(Some(Vec::new()));
        };
        let logs = self.bus.run_logs();
        let events = timeout(PEEK, logs.read(run_id, head.last, KEPT)).await;
        Ok(events.ok().and_then(Result::ok))
    }
}

//! Ending what runs on behalf of people who were shut out. Their credentials have lost their force by then, so what is open here
//! and elsewhere closes by itself; runs do not, so they are killed.

use std::collections::BTreeMap;

use mosaic_domain::{InstanceId, RunId, Scope, UserId, WorkspaceId};
use mosaic_runtime::clock;
use mosaic_storage::{Actor, Command, Reach};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::command::Commander;
use crate::control::Word;
use crate::error::ApiResult;
use crate::state::Gateway;

/// How often it is looked for more: what was sent in the last moment may have begun one.
const ROUNDS: u32 = 3;

/// Whose runs are to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expelled {
    /// Who was shut out.
    pub user_id: UserId,
    /// From where; from everywhere if it is not said.
    pub from: Option<WorkspaceId>,
}

impl Gateway {
    /// Ends what runs on behalf of somebody, and goes on with it whether or not its caller waits. What cannot be ended now is not
    /// begun again: whoever would take it ends it, and who holds it was asked to stop.
    pub(crate) async fn expel(&self, who: &Commander, whom: Expelled, reason: String) {
        let (gateway, actor) = (self.clone(), who.actor().clone());
        let (done, ended) = oneshot::channel::<()>();
        let task = async move {
            let _done = done;
            if let Err(error) = gateway.end_runs(&actor, whom, &reason).await {
                tracing::error!(user = %whom.user_id, error = %error.problem.detail, "runs of somebody who was shut out could not be ended");
            }
        };
        self.life.spawn(task.in_current_span());
        // It says nothing; that it is over is all there is to know.
        let _over = ended.await;
    }

    async fn end_runs(&self, actor: &Actor, whom: Expelled, reason: &str) -> ApiResult<()> {
        for _ in 0..ROUNDS {
            let mut runs = self.storage.live_runs_of(whom.user_id).await?;
            runs.retain(|(workspace, _)| whom.from.is_none_or(|from| from == *workspace));
            if runs.is_empty() {
                return Ok(());
            }
            self.end_each(actor, whom.user_id, runs, reason).await;
        }
        Ok(())
    }

    async fn end_each(
        &self,
        actor: &Actor,
        user_id: UserId,
        runs: Vec<(WorkspaceId, RunId)>,
        reason: &str,
    ) {
        let mut held: BTreeMap<InstanceId, Vec<RunId>> = BTreeMap::new();
        let mut valkey_answers = true;
        for (workspace_id, run_id) in runs {
            // It is written down where the run is, so that those read it who run that workspace.
            let by = Actor {
                workspace_id,
                ..actor.clone()
            };
            let command = Command {
                reach: Reach::Own(Scope {
                    workspace_id,
                    user_id,
                }),
                run_id,
                reason,
                by: &by,
                now: clock::now(),
            };
            match self.kill_one(&command, &mut valkey_answers).await {
                Ok(Some(Some(worker_id))) => held.entry(worker_id).or_default().push(run_id),
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(run.id = %run_id, error = %error.problem.detail, "a run cannot be killed");
                }
            }
        }
        for (worker_id, runs) in held {
            self.tell_soon(Some(worker_id), Word::Kill(runs, reason.to_owned()));
        }
    }
}

//! Putting dead letters back, one by one. Those of other workspaces do not exist here.
//!
//! A letter is looked for before anything is written down: whoever makes one up is refused, and refusals that are alike are one
//! row of the audit log.

use mosaic_bus::{DeadJob, Queue};
use mosaic_domain::WorkspaceId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_storage::AuditOutcome;
use serde_json::Value;

use super::mend::Mend;
use super::{QueueCommand, is_entry_id};
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;
use crate::wire::JobBody;

impl Gateway {
    /// Puts a dead letter back as if it had never been tried, with other data if given.
    pub(crate) async fn retry_dead(
        &self,
        command: QueueCommand,
        name: &str,
        entry: &str,
        data: Option<Value>,
    ) -> ApiResult<JobBody> {
        let command = match data {
            Some(_) => command.mending(),
            None => command,
        };
        let queue = self.queue_for(&command, name).await?;
        let (command, data) = match self.readied(&command, &queue, entry, data).await {
            Ok(Some(Mend { data, told })) => (command.about(&told), Some(data)),
            Ok(None) => (command, None),
            Err(why) => return Err(self.refused(&command, why).await),
        };
        let (gateway, entry) = (self.clone(), entry.to_owned());
        self.carry_out(command, async move {
            // Somebody may have been quicker.
            let again = gateway
                .queues
                .retry_dead(queue.name(), &entry, data.as_deref());
            let job = again.await?.ok_or_else(|| missing(&entry))?;
            Ok((JobBody::from(job), AuditOutcome::Done))
        })
        .await
    }

    /// How a dead letter within reach is put back, if other data are given.
    async fn readied(
        &self,
        command: &QueueCommand,
        queue: &Queue,
        entry: &str,
        data: Option<Value>,
    ) -> ApiResult<Option<Mend>> {
        let dead = dead_letter(queue, entry, Reach::of(command)).await?;
        let job = dead.job.ok_or_else(|| unreadable(entry))?;
        let Some(data) = data else { return Ok(None) };
        let by = command.actor.user_id;
        Ok(Some(self.mended(&job, &data, by).await?))
    }
}

/// Which dead letters a command may handle.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    workspace: WorkspaceId,
    installation: bool,
}

impl Reach {
    pub(super) const fn of(command: &QueueCommand) -> Self {
        Self {
            workspace: command.actor.workspace_id,
            installation: command.installation,
        }
    }
}

/// A dead letter within reach: one of the workspace's own, or for who runs the installation one that nobody can read.
pub(super) async fn dead_letter(queue: &Queue, entry: &str, reach: Reach) -> ApiResult<DeadJob> {
    if !is_entry_id(entry) {
        return Err(missing(entry));
    }
    let dead = queue.dead_entry(entry).await?;
    let reached = |dead: &DeadJob| match &dead.job {
        Some(job) => job.workspace_id == reach.workspace,
        None => reach.installation,
    };
    dead.filter(reached).ok_or_else(|| missing(entry))
}

pub(super) fn missing(entry: &str) -> ApiError {
    ApiError::not_found("dead letter", entry)
}

fn unreadable(entry: &str) -> ApiError {
    let detail = format!("The dead letter {entry} is no job that can be read.");
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Nobody can work on it: discard it.")
        .into()
}

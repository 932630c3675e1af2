//! Commands to dead letters. Those of other workspaces do not exist here.
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
use crate::wire::{JobBody, RetriedBody};

/// Dead letters read at once.
const PAGE: usize = 200;

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

    /// Puts the newest dead letters of the workspace back.
    pub(crate) async fn retry_all_dead(
        &self,
        command: QueueCommand,
        name: &str,
        limit: usize,
    ) -> ApiResult<RetriedBody> {
        let (gateway, queue) = (self.clone(), self.queue_for(&command, name).await?);
        let workspace = command.actor.workspace_id;
        self.carry_out(command, async move {
            let retried = gateway.retry_those_of(workspace, &queue, limit).await?;
            let outcome = match retried {
                0 => AuditOutcome::Unchanged,
                _ => AuditOutcome::Done,
            };
            Ok((RetriedBody { retried }, outcome))
        })
        .await
    }

    /// Throws a dead letter away for good.
    pub(crate) async fn discard_dead(
        &self,
        command: QueueCommand,
        name: &str,
        entry: &str,
    ) -> ApiResult<()> {
        let queue = self.queue_for(&command, name).await?;
        if let Err(why) = dead_letter(&queue, entry, Reach::of(&command)).await {
            return Err(self.refused(&command, why).await);
        }
        let (gateway, entry) = (self.clone(), entry.to_owned());
        self.carry_out(command, async move {
            let gone = gateway.queues.discard_dead(queue.name(), &entry).await?;
            gone.ok_or_else(|| missing(&entry))?;
            Ok(((), AuditOutcome::Done))
        })
        .await
    }

    /// Puts the newest back in the order in which they died: what was drained is to be worked on in its old order.
    async fn retry_those_of(
        &self,
        workspace: WorkspaceId,
        queue: &Queue,
        limit: usize,
    ) -> ApiResult<usize> {
        let (mut chosen, mut before) = (Vec::new(), None);
        while chosen.len() < limit {
            let page = queue.dead_page(before.as_deref(), PAGE).await?;
            let own = |dead: &DeadJob| {
                let job = dead.job.as_ref();
                job.is_some_and(|job| job.workspace_id == workspace)
            };
            let own = page.items.into_iter().filter(own);
            chosen.extend(own.map(|dead| dead.entry_id).take(limit - chosen.len()));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let mut retried = 0;
        for entry in chosen.iter().rev() {
            let again = self.queues.retry_dead(queue.name(), entry, None);
            retried += usize::from(again.await?.is_some());
        }
        Ok(retried)
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
struct Reach {
    workspace: WorkspaceId,
    installation: bool,
}

impl Reach {
    const fn of(command: &QueueCommand) -> Self {
        Self {
            workspace: command.actor.workspace_id,
            installation: command.installation,
        }
    }
}

/// A dead letter within reach: one of the workspace's own, or for who runs the installation one that nobody can read.
async fn dead_letter(queue: &Queue, entry: &str, reach: Reach) -> ApiResult<DeadJob> {
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

fn missing(entry: &str) -> ApiError {
    ApiError::not_found("dead letter", entry)
}

fn unreadable(entry: &str) -> ApiError {
    let detail = format!("The dead letter {entry} is no job that can be read.");
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Nobody can work on it: discard it.")
        .into()
}

//! Commands to whole queues.

use mosaic_bus::Pause;
use mosaic_runtime::clock;
use mosaic_storage::AuditOutcome;

use super::QueueCommand;
use crate::error::ApiResult;
use crate::state::Gateway;
use crate::wire::{DrainedBody, QueueBody, RebuiltBody, RebuiltList};

impl Gateway {
    /// Pauses a queue. One that is paused stays so as it was, and Valkey is told again.
    pub(crate) async fn pause_queue(
        &self,
        command: QueueCommand,
        name: &str,
        reason: String,
    ) -> ApiResult<QueueBody> {
        let (gateway, queue) = (self.clone(), self.queue_for(&command, name).await?);
        let by = command.actor.name.clone();
        self.carry_out(command, async move {
            let name = queue.name();
            let pauses = gateway.storage.queue_pauses().await?;
            let earlier = pauses.into_iter().find(|pause| pause.queue == name);
            let outcome = match earlier {
                Some(_) => AuditOutcome::Unchanged,
                None => AuditOutcome::Done,
            };
            let pause = earlier.unwrap_or_else(|| Pause {
                id: clock::id(),
                queue: name.to_owned(),
                reason,
                by,
                at: clock::now(),
            });
            gateway.queues.pause(&pause).await?;
            Ok((gateway.queue_body(&queue, true).await?, outcome))
        })
        .await
    }

    /// Has a queue hand out jobs again.
    pub(crate) async fn resume_queue(
        &self,
        command: QueueCommand,
        name: &str,
    ) -> ApiResult<QueueBody> {
        let (gateway, queue) = (self.clone(), self.queue_for(&command, name).await?);
        self.carry_out(command, async move {
            let outcome = if gateway.queues.resume(queue.name()).await? {
                AuditOutcome::Done
            } else {
                AuditOutcome::Unchanged
            };
            Ok((gateway.queue_body(&queue, true).await?, outcome))
        })
        .await
    }

    /// Moves everything that waits to the dead letters.
    pub(crate) async fn drain_queue(
        &self,
        command: QueueCommand,
        name: &str,
        reason: String,
    ) -> ApiResult<DrainedBody> {
        let (gateway, queue) = (self.clone(), self.queue_for(&command, name).await?);
        self.carry_out(command, async move {
            let drained = gateway.queues.drain(queue.name(), &reason).await?;
            let outcome = match drained {
                0 => AuditOutcome::Unchanged,
                _ => AuditOutcome::Done,
            };
            Ok((DrainedBody { drained }, outcome))
        })
        .await
    }

    /// Fills a queue anew from the record.
    pub(crate) async fn rebuild_queue(
        &self,
        command: QueueCommand,
        name: &str,
    ) -> ApiResult<RebuiltBody> {
        let (gateway, queue) = (self.clone(), self.queue_for(&command, name).await?);
        self.carry_out(command, async move {
            let rebuilt = gateway.queues.rebuild(queue.name()).await?;
            let body = RebuiltBody::new(queue.name().to_owned(), rebuilt);
            Ok((body, AuditOutcome::Done))
        })
        .await
    }

    /// Fills all queues anew from the record.
    pub(crate) async fn rebuild_queues(&self, command: QueueCommand) -> ApiResult<RebuiltList> {
        let gateway = self.clone();
        self.carry_out(command, async move {
            let all = gateway.queues.rebuild_all().await?;
            let items = all
                .into_iter()
                .map(|(name, rebuilt)| RebuiltBody::new(name, rebuilt))
                .collect();
            Ok((RebuiltList { items }, AuditOutcome::Done))
        })
        .await
    }
}

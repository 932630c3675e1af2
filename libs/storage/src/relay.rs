//! The outbox as the bus's relay reads it.

use std::time::Duration;

use async_trait::async_trait;
use mosaic_bus::{AsideJob, BoxError, Held, Outbox, Pause, QueueRecord, RecordCursor};
use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};
use uuid::Uuid;

use crate::Storage;

#[async_trait]
impl Outbox for Storage {
    async fn enter(&self, name: &str) -> Result<i64, BoxError> {
        Ok(self.bus_enter_life(name).await?)
    }

    async fn lease(
        &self,
        life: i64,
        older_than: Duration,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, BoxError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.outbox_lease(life, older_than, lease, limit).await?)
    }

    async fn mark_published(&self, life: i64, ids: &[JobId]) -> Result<Vec<JobId>, BoxError> {
        Ok(self.outbox_mark_published(life, ids).await?)
    }

    async fn forget(&self, ids: &[JobId]) -> Result<(), BoxError> {
        Ok(self.outbox_forget(ids).await?)
    }

    async fn pauses(&self) -> Result<Vec<Pause>, BoxError> {
        Ok(self.queue_pauses().await?)
    }
}

#[async_trait]
impl QueueRecord for Storage {
    async fn pause(&self, pause: &Pause) -> Result<(), BoxError> {
        Ok(self.queue_pause(pause).await?)
    }

    async fn resume(&self, queue: &str) -> Result<Option<Uuid>, BoxError> {
        Ok(self.queue_resume(queue).await?)
    }

    async fn queues(&self) -> Result<Vec<String>, BoxError> {
        Ok(self.outbox_queues().await?)
    }

    async fn reopen(&self, queue: &str, lease: Duration) -> Result<u64, BoxError> {
        Ok(self.outbox_reopen(queue, lease).await?)
    }

    async fn undone(
        &self,
        queue: &str,
        after: Option<RecordCursor>,
        limit: usize,
    ) -> Result<(Vec<Job>, Option<RecordCursor>), BoxError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.outbox_undone(queue, after, limit).await?)
    }

    async fn aside(
        &self,
        queue: &str,
        after: Option<RecordCursor>,
        limit: usize,
    ) -> Result<(Vec<AsideJob>, Option<RecordCursor>), BoxError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.outbox_aside(queue, after, limit).await?)
    }

    async fn set_aside(
        &self,
        queue: &str,
        life: i64,
        ids: &[JobId],
        reason: &str,
    ) -> Result<(), BoxError> {
        Ok(self.outbox_set_aside(queue, life, ids, reason).await?)
    }

    async fn discard(&self, job: &Job) -> Result<(), BoxError> {
        Ok(self.outbox_discard(job).await?)
    }

    async fn reinstate(&self, life: i64, job: &Job) -> Result<(), BoxError> {
        Ok(self.outbox_reinstate(life, job).await?)
    }

    async fn hold(&self, id: JobId) -> Result<Held, BoxError> {
        Ok(Box::new(self.outbox_hold(id).await?))
    }
}

//! The outbox as the bus's relay reads it.

use std::time::Duration;

use async_trait::async_trait;
use mosaic_bus::{BoxError, Outbox};
use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;

use crate::Storage;

#[async_trait]
impl Outbox for Storage {
    async fn unpublished(
        &self,
        older_than: Duration,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, BoxError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.outbox_unpublished(older_than, limit).await?)
    }

    async fn mark_published(&self, ids: &[JobId]) -> Result<(), BoxError> {
        Ok(self.outbox_mark_published(ids).await?)
    }

    async fn reopen(&self) -> Result<u64, BoxError> {
        Ok(self.outbox_reopen().await?)
    }
}

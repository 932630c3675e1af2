//! The outbox as the bus's relay reads it.

use std::time::Duration;

use async_trait::async_trait;
use mosaic_bus::{BoxError, Outbox};
use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;

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

    async fn mark_published(&self, life: i64, ids: &[JobId]) -> Result<(), BoxError> {
        Ok(self.outbox_mark_published(life, ids).await?)
    }
}

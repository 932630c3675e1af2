//! How a worker is found: beside the entry that every service has, it tells how many runs it takes, and hears whether it is to
//! take any.

use mosaic_domain::InstanceId;
use mosaic_runtime::registration::{BoxError, Register, Registration};
use mosaic_service::StorageRegister;
use mosaic_storage::Storage;

use crate::gate::Gate;

/// The register of workers.
pub(super) struct WorkerRegister {
    pub(super) storage: Storage,
    pub(super) capacity: usize,
    pub(super) gate: Gate,
}

impl Register for WorkerRegister {
    async fn enter(&self, registration: &Registration) -> Result<(), BoxError> {
        StorageRegister(self.storage.clone())
            .enter(registration)
            .await?;
        let asked = self.gate.ask();
        let capacity = u32::try_from(self.capacity).unwrap_or(u32::MAX);
        let draining = self
            .storage
            .report_worker(registration.id, capacity)
            .await?;
        self.gate.heed(asked, draining);
        Ok(())
    }

    async fn leave(&self, id: InstanceId) -> Result<(), BoxError> {
        Ok(self.storage.deregister_instance(id).await?)
    }
}

//! The register of instances in Postgres, and what an instance says of itself.

use std::sync::Arc;

use mosaic_domain::InstanceId;
use mosaic_proto::health::v1::health_service_server::{HealthService, HealthServiceServer};
use mosaic_runtime::describe::{Counters, Description};
use mosaic_runtime::registration::{BoxError, Register, Registration};
use mosaic_runtime::{Addresses, Lifecycle, VERSION, clock};
use mosaic_storage::{Instance, Storage};

/// The table `service_instances` as the register of `libs/runtime`.
#[derive(Debug, Clone)]
pub struct StorageRegister(pub Storage);

impl Register for StorageRegister {
    async fn enter(&self, registration: &Registration) -> Result<(), BoxError> {
        let Registration {
            id,
            service,
            version,
            grpc_address,
            admin_address,
        } = registration;
        // The times are the database's own; those given here are not stored.
        let now = clock::now();
        let instance = Instance {
            id: *id,
            service: (*service).to_owned(),
            version: (*version).to_owned(),
            grpc_address: grpc_address.clone(),
            admin_address: admin_address.clone(),
            started_at: now,
            heartbeat_at: now,
        };
        Ok(self.0.register_instance(&instance).await?)
    }

    async fn leave(&self, id: InstanceId) -> Result<(), BoxError> {
        Ok(self.0.deregister_instance(id).await?)
    }
}

/// What the register says of this instance. `advertised` is how peers reach its gRPC port where that is not the
/// address it is bound to, as in a container.
#[must_use]
pub fn registration(
    life: &Lifecycle,
    id: InstanceId,
    addresses: Addresses,
    advertised: Option<&str>,
) -> Registration {
    let bound = addresses.grpc.to_string();
    Registration {
        id,
        service: life.service(),
        version: VERSION,
        grpc_address: advertised.map_or(bound, str::to_owned),
        admin_address: addresses.admin.to_string(),
    }
}

/// The gRPC service by which this instance says what it depends on and what it has counted.
#[must_use]
pub fn describe(
    life: &Lifecycle,
    id: InstanceId,
    counters: Counters,
) -> HealthServiceServer<impl HealthService> {
    let readiness = life.readiness().clone();
    let description = Description {
        service: life.service(),
        instance_id: id,
        version: VERSION,
        counters,
        components: Arc::new(move || readiness.components()),
    };
    description.into_service()
}

//! The whole of a service that lives off an event stream, save for what it does with an event.

use std::sync::Arc;

use mosaic_bus::{Bus, EventConsumer, EventConsumerOptions};
use mosaic_config::{Config, ServiceConfig};
use mosaic_domain::InstanceId;
use mosaic_runtime::describe::Counters;
use mosaic_runtime::registration::stay_registered;
use mosaic_runtime::{Addresses, Admin, Failure, Grpc, Lifecycle, StartError, clock};
use mosaic_storage::Storage;
use tonic::service::RoutesBuilder;

use crate::{
    Credentials, EventHandler, Guard, StorageRegister, connect_bus, connect_storage,
    consume_events, describe, registration, watch_bus, watch_storage,
};

/// What distinguishes one such service from another.
#[derive(Debug, Clone, Copy)]
pub struct EventServiceOptions<'a> {
    /// The name of its section in the configuration, e.g. `memory_indexer`; error messages name keys with it.
    pub section: &'static str,
    /// The section itself.
    pub listen: &'a ServiceConfig,
    /// Domains of the events it consumes.
    pub domains: &'static [&'static str],
}

/// A service that consumes events as a group named like itself. Built, it is connected and has its ports; nothing is
/// served or consumed before [`EventService::run`].
#[derive(Debug)]
pub struct EventService {
    life: Lifecycle,
    id: InstanceId,
    domains: &'static [&'static str],
    advertised: Option<String>,
    storage: Storage,
    bus: Bus,
    admin: Admin,
    grpc: Grpc,
    guard: Arc<Guard>,
    credentials: Credentials,
    counters: Counters,
}

impl EventService {
    /// Connects and opens the ports, or says what is in the way.
    pub async fn build(
        config: &Config,
        life: Lifecycle,
        options: EventServiceOptions<'_>,
    ) -> Result<Self, StartError> {
        let EventServiceOptions {
            section,
            listen,
            domains,
        } = options;
        let storage = connect_storage(&config.postgres, life.service()).await?;
        let bus = connect_bus(&config.valkey).await?;
        let admin = Admin::bind(&format!("{section}.admin_listen"), listen.admin_listen).await?;
        let grpc = Grpc::bind(&format!("{section}.grpc_listen"), listen.grpc_listen).await?;
        let id = clock::id();
        Ok(Self {
            guard: Guard::new(life.service(), &config.internal),
            credentials: Credentials::new(life.service(), id, &config.internal),
            life,
            id,
            domains,
            advertised: listen.grpc_advertise.clone(),
            storage,
            bus,
            admin,
            grpc,
            counters: Counters::default(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        Addresses {
            admin: self.admin.address(),
            grpc: self.grpc.address(),
            public: None,
        }
    }

    /// Counts that the instance shows when it is asked to describe itself.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Tasks, tokens and readiness of the service.
    #[must_use]
    pub const fn life(&self) -> &Lifecycle {
        &self.life
    }

    /// This replica.
    #[must_use]
    pub const fn id(&self) -> InstanceId {
        self.id
    }

    /// The record.
    #[must_use]
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// What it shows its peers.
    #[must_use]
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Queues, events and live logs.
    #[must_use]
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Serves and consumes until the lifecycle is stopped, then leaves the register and closes its connections.
    pub async fn run(self, handler: impl EventHandler) -> Result<(), Failure> {
        self.run_with(handler, |_| {}).await
    }

    /// Like [`EventService::run`], with gRPC services of its own beside health and reflection. The guard stands before all of them.
    pub async fn run_with(
        self,
        handler: impl EventHandler,
        add: impl FnOnce(&mut RoutesBuilder),
    ) -> Result<(), Failure> {
        let addresses = self.addresses();
        let Self {
            life,
            id,
            domains,
            advertised,
            storage,
            bus,
            admin,
            grpc,
            guard,
            credentials: _,
            counters,
        } = self;
        let service = describe(&life, id, counters);
        let served = grpc.serve(&life, guard, |routes| {
            routes.add_service(service);
            add(routes);
        });
        if let Err(error) = served {
            life.abort();
            life.finish().await?;
            let (task, reason) = ("gRPC server", error.to_string());
            return Err(Failure { task, reason });
        }
        admin.serve(&life);
        watch_storage(&life, storage.clone());
        let options = EventConsumerOptions::new(domains, life.service(), id);
        let consumer = EventConsumer::open(&bus, options, life.tracker(), life.soft());
        watch_bus(&life, "valkey", consumer.health());
        let consumption = consume_events(consumer, handler, life.hard().clone());
        life.supervise("event consumer", consumption);
        let register = StorageRegister(storage.clone());
        let entry = registration(&life, id, addresses, advertised.as_deref());
        stay_registered(&life, register, entry);
        let ended = life.finish().await;
        storage.close().await;
        ended
    }
}

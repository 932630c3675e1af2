//! Building and running the service.

use std::sync::Arc;

use mosaic_bus::Relay;
use mosaic_channels::Intake;
use mosaic_config::Config;
use mosaic_llm::Registry;
use mosaic_proto::channel::v1::channel_service_server::ChannelServiceServer;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError};
use mosaic_service::{
    EventCounter, EventService, EventServiceOptions, Peers, providers, watch_bus,
};
use mosaic_watch::{Hub, HubParts};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bridge::{Bridge, Parts};
use crate::channels::{self, Channels};
use crate::events::Mirror;
use crate::grpc;
use crate::inbound::poll;
use crate::metrics::Metrics;
use crate::outbound;

/// How often what is needed no longer is forgotten.
const PRUNE: std::time::Duration = std::time::Duration::from_hours(1);

/// The service, connected and with its ports open.
#[derive(Debug)]
pub struct ChannelBridge {
    config: Arc<Config>,
    service: EventService,
    channels: Channels,
    models: Registry,
}

impl App for ChannelBridge {
    const NAME: &'static str = "channel-bridge";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        let channels = channels::configured(&config.channels)?;
        let models = providers::registry(&config.providers).map_err(|error| {
            StartError::new("the model providers", error, "Correct [providers].")
        })?;
        let options = EventServiceOptions {
            section: "channel_bridge",
            listen: &config.channel_bridge,
            domains: &["message"],
        };
        let service = EventService::build(&config, life, options).await?;
        Ok(Self {
            config,
            service,
            channels,
            models,
        })
    }

    fn addresses(&self) -> Addresses {
        self.service.addresses()
    }

    async fn run(self) -> Result<(), Failure> {
        // What is in hand at the stop still wants to be published and followed: this outlives it.
        let background = self.service.life().hard().child_token();
        let counters = self.service.counters().clone();
        let bridge = self.assemble(&background);
        begin(&bridge, background);
        let handler = Mirror {
            bridge: bridge.clone(),
            seen: EventCounter::new(Self::NAME, counters),
        };
        let served = ChannelServiceServer::new(grpc::Channels(bridge));
        self.service
            .run_with(handler, |routes| {
                routes.add_service(served);
            })
            .await
    }
}

impl ChannelBridge {
    fn assemble(&self, background: &CancellationToken) -> Bridge {
        let Self {
            config,
            service,
            channels,
            models,
        } = self;
        let (life, storage, bus) = (service.life(), service.storage(), service.bus());
        let metrics = Metrics::new();
        let outbox = Arc::new(storage.clone());
        let relay = Relay::start(bus.clone(), outbox, life.tracker(), background.clone());
        watch_bus(life, "outbox relay", relay.health());
        let hub = Hub::new(HubParts {
            storage: storage.clone(),
            bus: bus.clone(),
            doorbells: bus.doorbells(life.tracker(), background.clone()),
            poll: config.gateway.stream_poll(),
            tracker: life.tracker().clone(),
            shutdown: background.clone(),
            feeds: metrics.feeds.clone(),
        });
        Bridge::new(Parts {
            id: service.id(),
            storage: storage.clone(),
            bus: bus.clone(),
            relay,
            hub,
            peers: Peers::new(storage.clone(), service.credentials().clone()),
            channels: channels.clone(),
            agents: config.all_agents(),
            models: models.clone(),
            metrics,
            life: life.clone(),
        })
    }
}

/// Starts what lives as long as the service; `background` ends when all that is done.
fn begin(bridge: &Bridge, background: CancellationToken) {
    let (life, soft) = (&bridge.life, bridge.life.soft());
    let work = TaskTracker::new();
    for adapter in bridge.channels.values() {
        life.spawn(channels::keep(Arc::clone(adapter), soft.clone()));
        if matches!(adapter.intake(), Intake::Polling) {
            life.spawn(poll::run(bridge.clone(), Arc::clone(adapter)));
        }
    }
    let taken = outbound::run(bridge.clone(), outbound::consumer(bridge), work.clone());
    let adapters: Vec<_> = bridge.channels.values().cloned().collect();
    life.spawn(async move {
        taken.await;
        work.close();
        work.wait().await;
        for adapter in adapters {
            adapter.disconnect().await;
        }
        background.cancel();
    });
    let (storage, soft) = (bridge.storage.clone(), soft.clone());
    life.spawn(async move {
        while soft
            .run_until_cancelled(tokio::time::sleep(PRUNE))
            .await
            .is_some()
        {
            if let Err(error) = storage.prune_channels().await {
                tracing::debug!(%error, "what channels left behind cannot be pruned now");
            }
        }
    });
}

//! What every part of the bridge can reach.

use std::ops::Deref;
use std::sync::Arc;

use mosaic_bus::{Bus, RelayHandle};
use mosaic_config::Agents;
use mosaic_domain::{ConversationId, InstanceId};
use mosaic_llm::Registry;
use mosaic_runtime::{Lifecycle, clock};
use mosaic_service::Peers;
use mosaic_storage::{NewDelivery, Storage};
use mosaic_telemetry::propagation;
use mosaic_watch::Hub;

use crate::channels::Channels;
use crate::metrics::Metrics;

/// The parts of a running bridge.
#[derive(Debug)]
pub(crate) struct Parts {
    /// This replica.
    pub id: InstanceId,
    /// The record.
    pub storage: Storage,
    /// Queues and live logs.
    pub bus: Bus,
    /// Publishes what was committed.
    pub relay: RelayHandle,
    /// Follows runs.
    pub hub: Hub,
    /// The workers that hold runs.
    pub peers: Peers,
    /// The configured channels.
    pub channels: Channels,
    /// Who may answer.
    pub agents: Agents,
    /// What they may think with.
    pub models: Registry,
    /// What is counted.
    pub metrics: Metrics,
    /// Tasks and tokens.
    pub life: Lifecycle,
}

/// The running bridge. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Bridge(Arc<Parts>);

impl Bridge {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Tells watchers everywhere that something in a conversation has changed. Nobody waits for it.
    pub(crate) fn ring(&self, conversation_id: ConversationId) {
        let bus = self.bus.clone();
        self.life.spawn(async move {
            if let Err(error) = bus.ring_conversation(conversation_id).await {
                tracing::debug!(%conversation_id, %error, "watchers could not be told; they look by themselves");
            }
        });
    }
}

impl Deref for Bridge {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The ids of a delivery that is about to be queued.
pub(crate) fn new_delivery() -> NewDelivery {
    NewDelivery {
        id: clock::id(),
        job_id: clock::id(),
        now: clock::now(),
        traceparent: propagation::inject(),
    }
}

//! Taking events as a member of a group.

use std::time::Duration;

use mosaic_proto::envelope::Envelope;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::Bus;
use crate::error::Result;
use crate::group::{Group, GroupOptions, Receipt, Settled, Source, Taken, Verdict};
use crate::health::Health;

/// How a consumer takes events.
#[derive(Debug, Clone)]
pub struct EventConsumerOptions {
    /// Which domains.
    pub domains: Vec<String>,
    /// The consumer group: the service's name.
    pub group: String,
    /// The consumer: the replica's id. No two live consumers may share it.
    pub consumer: String,
    /// After this time without a sign of life an event counts as abandoned; signs are given in the background.
    pub visibility: Duration,
    /// After this many attempts an event is given up on.
    pub max_attempts: u32,
}

impl EventConsumerOptions {
    /// Usual times: 30 s visibility, 5 attempts.
    #[must_use]
    pub fn new(domains: &[&str], group: &str, consumer: impl ToString) -> Self {
        Self {
            domains: domains.iter().map(ToString::to_string).collect(),
            group: group.to_owned(),
            consumer: consumer.to_string(),
            visibility: Duration::from_secs(30),
            max_attempts: 5,
        }
    }
}

/// Takes events as a member of a group.
#[derive(Debug)]
pub struct EventConsumer {
    group: Group,
}

impl EventConsumer {
    /// Starts taking events; a new group begins at the oldest one that is still there. That Valkey cannot be reached
    /// shows in [`EventConsumer::health`] and heals by itself.
    #[must_use]
    pub fn open(
        bus: &Bus,
        options: EventConsumerOptions,
        tracker: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Self {
        let EventConsumerOptions {
            domains,
            group,
            consumer,
            visibility,
            max_attempts,
        } = options;
        let keys = bus.keys();
        let source = |domain: &String| Source {
            stream: keys.events(domain),
            dead: keys.dead_events(domain),
            weight: 1,
            lane: "",
        };
        let options = GroupOptions {
            target: domains.join("+"),
            sources: domains.iter().map(source).collect(),
            group,
            consumer,
            visibility,
            max_attempts,
            delete: false,
            queue: None,
            vanished: Duration::from_hours(1),
            registry: (keys.domains(), domains),
        };
        Self {
            group: Group::open(bus, options, tracker, shutdown),
        }
    }

    /// Waits for up to `max` events, at least one. Nothing is lost if the future is dropped. Fails with
    /// [`Error::Closed`](crate::Error::Closed) once shutdown has begun, and for no other reason.
    pub async fn next(&mut self, max: usize) -> Result<Vec<EventDelivery>> {
        loop {
            let taken = self.group.next(max).await?;
            let deliveries: Vec<_> = taken.into_iter().filter_map(delivery).collect();
            if !deliveries.is_empty() {
                return Ok(deliveries);
            }
        }
    }

    /// Whether events can be taken.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.group.health()
    }
}

/// An entry that is no event can never be handled; a copy becomes a dead letter for an operator to look at.
fn delivery(mut taken: Taken) -> Option<EventDelivery> {
    match Envelope::from_fields(|name| taken.fields.take(name)) {
        Ok(event) => Some(EventDelivery {
            event,
            attempt: taken.attempt,
            receipt: taken.receipt,
        }),
        Err(error) => {
            tracing::warn!(%error, "an entry that is no event is a dead letter now");
            let reason = format!("it is no event: {error}");
            taken.receipt.pronounce(Verdict::Bury { reason });
            None
        }
    }
}

/// An event to be handled. Dropped without a verdict it is delivered again once its visibility has run out.
#[derive(Debug)]
pub struct EventDelivery {
    /// The event.
    pub event: Envelope,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    receipt: Receipt,
}

impl EventDelivery {
    /// The event is handled. Waits through faults of the connection.
    pub async fn ack(self) -> Result<Settled> {
        self.receipt.settle(Verdict::Ack).await
    }

    /// The event cannot be handled, now or later; a copy becomes a dead letter.
    pub async fn fail(self, reason: &str) -> Result<Settled> {
        let reason = reason.to_owned();
        self.receipt.settle(Verdict::Bury { reason }).await
    }
}

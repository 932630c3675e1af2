//! Event streams: what happened, for whoever wants to know.
//!
//! **Keys.** One stream per domain, `<prefix>:{ev:<domain>}`, where the domain is an event's type up to the first dot;
//! an entry's fields are the CloudEvents attributes and `data`. The set `<prefix>:{bus}:domains` names the domains. Each
//! publication trims its stream to the retention, a day unless configured; a group gives up on an event by moving a copy
//! to `<prefix>:{ev:<domain>}:dead`.
//!
//! **Readers.** Every group sees every event ([`EventConsumer`]); a new group begins at the oldest event that is still
//! there. Acknowledging only notes that, since other groups read the entry too. Outside of groups, [`Events::tail`]
//! follows streams for one watcher.
//!
//! **Two consumers, and crashes.** Within a group as with queues, see the head of `group.rs`. A publisher that crashes
//! before or during a publication leaves the outbox entry unmarked, and the relay publishes again; the event may then be
//! there twice, and consumers are idempotent on its id.

mod consumer;
mod filter;
mod tail;

use futures::stream::BoxStream;
use mosaic_proto::envelope::Envelope;

pub use self::consumer::{EventConsumer, EventConsumerOptions, EventDelivery};
pub use self::filter::EventFilter;
pub use self::tail::Tail;

use crate::clock::{millis, now};
use crate::connection::Bus;
use crate::error::Result;

/// The event streams.
#[derive(Debug, Clone)]
pub struct Events {
    bus: Bus,
}

/// The stream an event of this type belongs to: the type up to the first dot.
#[must_use]
pub fn domain_of(type_name: &str) -> &str {
    type_name.split('.').next().unwrap_or(type_name)
}

impl Events {
    pub(crate) const fn new(bus: Bus) -> Self {
        Self { bus }
    }

    /// Publishes events in one round trip, each on its domain's stream.
    pub async fn publish(&self, events: &[Envelope]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        for event in events {
            self.add(&mut pipeline, event);
        }
        self.bus.pipeline::<()>("publish events", &pipeline).await?;
        self.count(events.iter());
        Ok(())
    }

    /// Follows streams from the first time it is polled. Survives losses of the connection without a gap or a
    /// repetition; ends only by being dropped.
    #[must_use]
    pub fn tail(&self, tail: Tail) -> BoxStream<'static, Envelope> {
        tail::follow(self.bus.clone(), tail)
    }

    /// The domains that anything was ever published on.
    pub async fn domains(&self) -> Result<Vec<String>> {
        let mut members = redis::cmd("SMEMBERS");
        members.arg(self.bus.keys().domains());
        let mut names: Vec<String> = self.bus.command("list event domains", &members).await?;
        names.sort();
        Ok(names)
    }

    /// Adds the publication of `event` to a pipeline.
    pub(crate) fn add(&self, pipeline: &mut redis::Pipeline, event: &Envelope) {
        let domain = domain_of(&event.type_name);
        let keys = self.bus.keys();
        let oldest = now().saturating_sub(self.bus.options().event_retention);
        pipeline
            .cmd("SADD")
            .arg(keys.domains())
            .arg(domain)
            .ignore();
        let publish = pipeline
            .cmd("XADD")
            .arg(keys.events(domain))
            .arg("MINID")
            .arg("~")
            .arg(millis(oldest))
            .arg("*");
        for (name, value) in event.fields() {
            publish.arg(name).arg(value);
        }
        publish.ignore();
    }

    pub(crate) fn count<'a>(&self, events: impl Iterator<Item = &'a Envelope>) {
        for event in events {
            self.bus.metrics().published(domain_of(&event.type_name), 1);
        }
    }
}

//! The archive of events: whatever is published on an event stream is kept in Postgres, for a while.
//!
//! Replicas take events as the consumer group [`GROUP`], every domain by itself: one that is new is noticed within [`LOOK`]
//! and read from its first event. Events are taken in batches, inserted with one statement and acknowledged when that is
//! committed ([`domain`]). Who dies in between leaves them to be inserted again, which changes nothing. While Postgres is
//! away they are held, and wait on their stream for as long as the bus keeps them.
//!
//! The table is partitioned by the day an event happened. Partitions are made ahead and dropped by any replica
//! ([`upkeep`]); an event that has none gets it made.

mod domain;
mod keep;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mosaic_bus::{Bus, EventConsumer, EventConsumerOptions};
use mosaic_domain::InstanceId;
use mosaic_runtime::describe::Counters;
use mosaic_runtime::{Component, Lifecycle};
use mosaic_storage::Storage;
use mosaic_telemetry::metrics::{Counter, KeyValue, counter, meter};

use self::domain::Domain;
use self::keep::Keep;

/// The consumer group.
const GROUP: &str = "archiver";
/// How often new domains are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// Without a sign of life for this long events are given to another replica.
const VISIBILITY: Duration = Duration::from_secs(10);
/// Nothing is given up for having been tried often: what can never be archived is given up when that is known.
const ATTEMPTS: u32 = 1_000_000;

/// What the archive needs.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) storage: Storage,
    pub(crate) bus: Bus,
    pub(crate) id: InstanceId,
    /// For how many days events are kept.
    pub(crate) days: u32,
    pub(crate) counters: Counters,
}

impl Archive {
    /// Archives every domain until the service stops.
    pub(crate) fn start(self, life: &Lifecycle) {
        let keep = Keep::days(self.days);
        upkeep::start(life, self.storage.clone(), keep);
        let shared = Arc::new(Shared {
            storage: self.storage,
            keep,
            metrics: Metrics::new(self.counters),
            troubles: Troubles::new(life),
        });
        life.spawn(find_domains(life.clone(), self.bus, self.id, shared));
    }
}

/// What the domains share.
#[derive(Debug)]
struct Shared {
    storage: Storage,
    keep: Keep,
    metrics: Metrics,
    troubles: Troubles,
}

/// Begins to archive each domain when it is first seen. None is forgotten, also when Valkey lost its memory: their
/// consumers make themselves at home again.
async fn find_domains(life: Lifecycle, bus: Bus, id: InstanceId, shared: Arc<Shared>) {
    let mut known = BTreeSet::new();
    loop {
        match bus.events().domains().await {
            Ok(names) => {
                shared.troubles.over(ALL);
                for name in names {
                    if known.insert(name.clone()) {
                        open(&life, &bus, id, &shared, name);
                    }
                }
            }
            Err(error) => shared.troubles.begin(ALL, &error),
        }
        tokio::select! {
            () = life.soft().cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn open(life: &Lifecycle, bus: &Bus, id: InstanceId, shared: &Arc<Shared>, name: String) {
    tracing::info!(domain = name, "events of this domain are archived");
    let options = EventConsumerOptions {
        visibility: VISIBILITY,
        max_attempts: ATTEMPTS,
        ..EventConsumerOptions::new(&[&name], GROUP, id)
    };
    let domain = Domain {
        consumer: EventConsumer::open(bus, options, life.tracker(), life.soft()),
        shared: Arc::clone(shared),
        soft: life.soft().clone(),
        name,
    };
    let hard = life.hard().clone();
    life.supervise("event archive", async move {
        let ended = hard.run_until_cancelled(domain.run()).await;
        ended.unwrap_or(Ok(()))
    });
}

/// Stands for all domains where those that are in trouble are listed.
const ALL: &str = "all";

/// Which domains cannot be archived at the moment, shown as the component `event archive`.
#[derive(Debug)]
struct Troubles {
    component: Component,
    of: Mutex<BTreeMap<String, String>>,
}

impl Troubles {
    fn new(life: &Lifecycle) -> Self {
        let component = life.readiness().component("event archive");
        component.ready();
        Self {
            component,
            of: Mutex::default(),
        }
    }

    /// This domain cannot be archived. Told once, not at every attempt.
    fn begin(&self, domain: &str, error: &dyn std::fmt::Display) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = error.to_string();
        if of.insert(domain.to_owned(), reason.clone()).is_none() {
            tracing::warn!(domain, reason, "events cannot be archived; they wait");
        }
        self.component.not_ready(format_args!("{domain}: {reason}"));
    }

    /// This domain can be archived.
    fn over(&self, domain: &str) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.remove(domain).is_none() {
            return;
        }
        tracing::info!(domain, "events are archived again");
        match of.first_key_value() {
            None => self.component.ready(),
            Some((domain, reason)) => self.component.not_ready(format_args!("{domain}: {reason}")),
        }
    }
}

/// What is counted.
#[derive(Debug)]
struct Metrics {
    archived: Counter<u64>,
    left_out: Counter<u64>,
    counters: Counters,
}

impl Metrics {
    fn new(counters: Counters) -> Self {
        let meter = meter("mosaic.summarizer");
        Self {
            archived: counter(&meter, "mosaic.event_log.archived", "Events archived"),
            left_out: counter(
                &meter,
                "mosaic.event_log.left_out",
                "Events that were not archived: older than what is kept, or given up",
            ),
            counters,
        }
    }

    fn archived(&self, domain: &str, count: u64) {
        self.archived
            .add(count, &[KeyValue::new("domain", domain.to_owned())]);
        self.counters.add("events_archived", count);
    }

    fn left_out(&self, domain: &str, why: &'static str, count: u64) {
        let labels = [
            KeyValue::new("domain", domain.to_owned()),
            KeyValue::new("why", why),
        ];
        self.left_out.add(count, &labels);
        self.counters.add(&format!("events_left_out.{why}"), count);
    }
}

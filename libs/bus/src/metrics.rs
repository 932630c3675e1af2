//! What the bus counts.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};

/// Instruments of the bus, labelled by queue or domain.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    published: Counter<u64>,
    claimed: Counter<u64>,
    acked: Counter<u64>,
    retried: Counter<u64>,
    dead: Counter<u64>,
    overflowed: Counter<u64>,
    left_behind: Counter<u64>,
    lives: Counter<u64>,
    pickup: Histogram<f64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("mosaic.bus");
        let counter = |name: &'static str, what: &'static str| {
            meter.u64_counter(name).with_description(what).build()
        };
        Self {
            published: counter("mosaic.bus.published", "Entries put on a queue or stream"),
            claimed: counter(
                "mosaic.bus.claimed",
                "Entries taken over from a consumer that fell silent",
            ),
            acked: counter("mosaic.bus.acked", "Entries done"),
            retried: counter("mosaic.bus.retried", "Entries put back for another attempt"),
            dead: counter("mosaic.bus.dead", "Entries given up on"),
            overflowed: counter(
                "mosaic.bus.relay.overflowed",
                "Outbox entries left to the scan because the relay was behind",
            ),
            left_behind: counter(
                "mosaic.bus.relay.left_behind",
                "Outbox entries that a scan had to publish",
            ),
            lives: counter(
                "mosaic.bus.relay.lives",
                "Times the outbox became due again because Valkey had been restarted or emptied",
            ),
            pickup: meter
                .f64_histogram("mosaic.bus.pickup")
                .with_unit("s")
                .with_description("Time from being pushed to being taken")
                .build(),
        }
    }

    pub(crate) fn published(&self, target: &str, count: usize) {
        add(&self.published, target, count);
    }

    pub(crate) fn claimed(&self, target: &str, count: usize) {
        add(&self.claimed, target, count);
    }

    pub(crate) fn acked(&self, target: &str, count: usize) {
        add(&self.acked, target, count);
    }

    pub(crate) fn retried(&self, target: &str) {
        add(&self.retried, target, 1);
    }

    pub(crate) fn dead(&self, target: &str, count: usize) {
        add(&self.dead, target, count);
    }

    pub(crate) fn overflowed(&self, count: usize) {
        self.overflowed.add(count as u64, &[]);
    }

    pub(crate) fn left_behind(&self, count: usize) {
        self.left_behind.add(count as u64, &[]);
    }

    pub(crate) fn life_met(&self) {
        self.lives.add(1, &[]);
    }

    pub(crate) fn picked_up(&self, target: &str, waited: Duration) {
        self.pickup.record(waited.as_secs_f64(), &[label(target)]);
    }
}

fn label(target: &str) -> KeyValue {
    KeyValue::new("target", target.to_owned())
}

fn add(counter: &Counter<u64>, target: &str, count: usize) {
    if count > 0 {
        counter.add(count as u64, &[label(target)]);
    }
}

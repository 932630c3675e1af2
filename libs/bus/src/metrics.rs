//! What the bus counts.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};

use crate::queue::{Lane, QueueStats};

/// Instruments of the bus, labelled by queue or domain.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    published: Counter<u64>,
    claimed: Counter<u64>,
    acked: Counter<u64>,
    retried: Counter<u64>,
    absorbed: Counter<u64>,
    dead: Counter<u64>,
    overflowed: Counter<u64>,
    left_behind: Counter<u64>,
    lives: Counter<u64>,
    pickup: Histogram<f64>,
    depth: Gauge<u64>,
    waiting: Gauge<u64>,
    pending: Gauge<u64>,
    delayed: Gauge<u64>,
    ordered: Gauge<u64>,
    buried: Gauge<u64>,
    paused: Gauge<u64>,
    oldest: Gauge<f64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("mosaic.bus");
        let counter = |name: &'static str, what: &'static str| {
            meter.u64_counter(name).with_description(what).build()
        };
        let gauge = |name: &'static str, what: &'static str| {
            meter.u64_gauge(name).with_description(what).build()
        };
        Self {
            published: counter("mosaic.bus.published", "Entries put on a queue or stream"),
            claimed: counter(
                "mosaic.bus.claimed",
                "Entries taken over from a consumer that fell silent",
            ),
            acked: counter("mosaic.bus.acked", "Entries done"),
            retried: counter("mosaic.bus.retried", "Entries put back for another attempt"),
            absorbed: counter(
                "mosaic.bus.absorbed",
                "Jobs not queued because another has their idempotency key",
            ),
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
            depth: gauge("mosaic.bus.queue.depth", "Entries of a lane, taken or not"),
            waiting: gauge("mosaic.bus.queue.waiting", "Entries that nobody has taken"),
            pending: gauge("mosaic.bus.queue.pending", "Jobs being worked on"),
            delayed: gauge("mosaic.bus.queue.delayed", "Jobs to come"),
            ordered: gauge(
                "mosaic.bus.queue.ordered",
                "Jobs that wait behind another of their ordering key",
            ),
            buried: gauge("mosaic.bus.queue.dead", "Jobs given up on"),
            paused: gauge("mosaic.bus.queue.paused", "1 while the queue is paused"),
            oldest: meter
                .f64_gauge("mosaic.bus.queue.oldest_age")
                .with_unit("s")
                .with_description("Age of the oldest entry that nobody has taken")
                .build(),
        }
    }

    pub(crate) fn published(&self, target: &str, count: usize) {
        add(&self.published, &Label::new(target), count);
    }

    pub(crate) fn claimed(&self, of: &Label, count: usize) {
        add(&self.claimed, of, count);
    }

    pub(crate) fn acked(&self, of: &Label, count: usize) {
        add(&self.acked, of, count);
    }

    pub(crate) fn absorbed(&self, of: &Label, count: usize) {
        add(&self.absorbed, of, count);
    }

    pub(crate) fn retried(&self, of: &Label) {
        add(&self.retried, of, 1);
    }

    pub(crate) fn dead(&self, of: &Label, count: usize) {
        add(&self.dead, of, count);
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

    pub(crate) fn picked_up(&self, of: &Label, waited: Duration) {
        self.pickup.record(waited.as_secs_f64(), &of.0);
    }

    /// What a queue looks like now.
    pub(crate) fn queue(&self, queue: &str, stats: &QueueStats) {
        let of = Label::new(queue);
        for (lane, depth) in Lane::ALL.iter().zip(stats.depth) {
            let [target] = of.0.clone();
            self.depth
                .record(depth, &[target, KeyValue::new("lane", lane.name())]);
        }
        let oldest = stats.oldest_age.unwrap_or_default();
        self.oldest.record(oldest.as_secs_f64(), &of.0);
        for (gauge, value) in [
            (&self.waiting, stats.waiting),
            (&self.pending, stats.pending),
            (&self.delayed, stats.delayed),
            (&self.ordered, stats.ordered),
            (&self.buried, stats.dead),
            (&self.paused, u64::from(stats.paused)),
        ] {
            gauge.record(value, &of.0);
        }
    }
}

/// What a measurement is of, made once for many.
#[derive(Debug, Clone)]
pub(crate) struct Label([KeyValue; 1]);

impl Label {
    pub(crate) fn new(target: &str) -> Self {
        Self([KeyValue::new("target", target.to_owned())])
    }
}

fn add(counter: &Counter<u64>, of: &Label, count: usize) {
    if count > 0 {
        counter.add(count as u64, &of.0);
    }
}

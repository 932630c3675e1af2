//! What the bridge counts.

use mosaic_telemetry::metrics::{Counter, KeyValue, UpDownCounter, counter, meter, up_down};

/// The instruments of the bridge.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    updates: Counter<u64>,
    calls: Counter<u64>,
    deliveries: Counter<u64>,
    /// Runs that are followed.
    pub(crate) feeds: UpDownCounter<i64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = meter("channel_bridge");
        Self {
            updates: counter(
                &meter,
                "channel.updates",
                "Updates of channels by what became of them.",
            ),
            calls: counter(
                &meter,
                "channel.calls",
                "Messages sent, changed and taken back, by outcome.",
            ),
            deliveries: counter(
                &meter,
                "channel.deliveries",
                "Runs and notices shown in chats, by how that ended.",
            ),
            feeds: up_down(&meter, "channel.feeds", "Runs that are followed here."),
        }
    }

    /// An update was dealt with.
    pub(crate) fn update(&self, channel: &str, outcome: &'static str) {
        let labels = [
            KeyValue::new("channel", channel.to_owned()),
            KeyValue::new("outcome", outcome),
        ];
        self.updates.add(1, &labels);
    }

    /// A message was sent, changed or taken back.
    pub(crate) fn call(&self, channel: &'static str, what: &'static str, succeeded: bool) {
        let labels = [
            KeyValue::new("channel", channel),
            KeyValue::new("what", what),
            KeyValue::new("outcome", if succeeded { "ok" } else { "error" }),
        ];
        self.calls.add(1, &labels);
    }

    /// A delivery ended.
    pub(crate) fn delivery(&self, channel: &'static str, outcome: &'static str) {
        let labels = [
            KeyValue::new("channel", channel),
            KeyValue::new("outcome", outcome),
        ];
        self.deliveries.add(1, &labels);
    }
}

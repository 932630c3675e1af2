//! What the gateway counts.

use std::time::Duration;

use mosaic_telemetry::metrics::{
    Counter, Histogram, KeyValue, Meter, UpDownCounter, counter, seconds, up_down,
};

/// The instruments of the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    requests: Counter<u64>,
    latency: Histogram<f64>,
    messages: Counter<u64>,
    frames: Counter<u64>,
    refused: Counter<u64>,
    streams: UpDownCounter<i64>,
    /// Runs that somebody watches.
    pub(crate) feeds: UpDownCounter<i64>,
}

impl Metrics {
    /// Declares them on a meter.
    #[must_use]
    pub(crate) fn new(meter: &Meter) -> Self {
        Self {
            requests: counter(
                meter,
                "gateway.http.requests",
                "HTTP requests by route and status.",
            ),
            latency: seconds(
                meter,
                "gateway.http.duration",
                "Time from a request to the head of its response, by route and status.",
            ),
            messages: counter(
                meter,
                "gateway.messages",
                "Accepted messages by what became of them.",
            ),
            frames: counter(
                meter,
                "gateway.stream.frames",
                "Events sent to watchers, by kind of stream.",
            ),
            refused: counter(
                meter,
                "gateway.limits.refused",
                "Requests and commands refused because somebody asked too often, by whose limit it was.",
            ),
            streams: up_down(meter, "gateway.streams", "Open streams by kind."),
            feeds: up_down(meter, "gateway.feeds", "Runs that somebody watches here."),
        }
    }

    pub(crate) fn request(&self, method: &'static str, route: String, status: u16, took: Duration) {
        let labels = [
            KeyValue::new("method", method),
            KeyValue::new("route", route),
            KeyValue::new("status", i64::from(status)),
        ];
        self.requests.add(1, &labels);
        self.latency.record(took.as_secs_f64(), &labels);
    }

    pub(crate) fn message(&self, acceptance: &'static str) {
        self.messages
            .add(1, &[KeyValue::new("acceptance", acceptance)]);
    }

    pub(crate) fn frames(&self, kind: &'static str, count: u64) {
        self.frames.add(count, &[KeyValue::new("kind", kind)]);
    }

    pub(crate) fn refused(&self, limit: &'static str) {
        self.refused.add(1, &[KeyValue::new("limit", limit)]);
    }

    /// Counts a stream as open until the guard is dropped.
    pub(crate) fn open_stream(&self, kind: &'static str) -> OpenStream {
        let labels = [KeyValue::new("kind", kind)];
        self.streams.add(1, &labels);
        OpenStream {
            streams: self.streams.clone(),
            labels,
        }
    }
}

/// One open stream.
#[derive(Debug)]
pub(crate) struct OpenStream {
    streams: UpDownCounter<i64>,
    labels: [KeyValue; 1],
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.add(-1, &self.labels);
    }
}

//! What the indexer counts.

use std::time::Duration;

use mosaic_telemetry::metrics::{
    Counter, Gauge, Histogram, KeyValue, counter, gauge, meter, seconds,
};

/// The indexer's instruments.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    captured: Counter<u64>,
    embedded: Counter<u64>,
    failures: Counter<u64>,
    pending: Gauge<f64>,
    embedding: Histogram<f64>,
    search: Histogram<f64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = meter("mosaic.memory");
        Self {
            captured: counter(
                &meter,
                "mosaic.memory.captured",
                "Messages and notes that came to be remembered, by what became of them",
            ),
            embedded: counter(
                &meter,
                "mosaic.memory.embedded",
                "Chunks that were given a vector",
            ),
            failures: counter(
                &meter,
                "mosaic.memory.embed.failures",
                "Calls of the embedder that failed, by kind of failure",
            ),
            pending: gauge(
                &meter,
                "mosaic.memory.pending",
                "Chunks that wait for a vector of the present model",
            ),
            embedding: seconds(
                &meter,
                "mosaic.memory.embed.duration",
                "Time that one call of the embedder took, questions included",
            ),
            search: seconds(
                &meter,
                "mosaic.memory.search.duration",
                "Time that one search took",
            ),
        }
    }

    pub(crate) fn captured(&self, outcome: &'static str) {
        self.captured.add(1, &[KeyValue::new("outcome", outcome)]);
    }

    pub(crate) fn embedded(&self, chunks: u64, took: Duration) {
        self.embedded.add(chunks, &[]);
        self.embedding.record(took.as_secs_f64(), &[]);
    }

    pub(crate) fn embedding_failed(&self, kind: &'static str) {
        self.failures.add(1, &[KeyValue::new("kind", kind)]);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a count far below what a float counts exactly"
    )]
    pub(crate) fn pending(&self, chunks: u64) {
        self.pending.record(chunks as f64, &[]);
    }

    pub(crate) fn searched(&self, took: Duration, degraded: bool) {
        let labels = [KeyValue::new("degraded", degraded)];
        self.search.record(took.as_secs_f64(), &labels);
    }
}

//! What the summarizer counts.

use mosaic_domain::SummaryKind;
use mosaic_runtime::describe::Counters;
use mosaic_telemetry::metrics::{Counter, KeyValue, counter, meter};

/// Its instruments.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    made: Counter<u64>,
    failed: Counter<u64>,
    counters: Counters,
}

impl Metrics {
    pub(crate) fn new(counters: Counters) -> Self {
        let meter = meter("mosaic.summarizer");
        Self {
            made: counter(&meter, "mosaic.summaries.made", "Summaries recorded"),
            failed: counter(
                &meter,
                "mosaic.summaries.failed",
                "Attempts at a summary that failed",
            ),
            counters,
        }
    }

    pub(crate) fn made(&self, kind: SummaryKind) {
        self.made.add(1, &[KeyValue::new("kind", kind.as_str())]);
        self.counters
            .add(&format!("summaries.{}", kind.as_str()), 1);
    }

    pub(crate) fn failed(&self) {
        self.failed.add(1, &[]);
        self.counters.add("summaries.failed_attempts", 1);
    }
}

//! What the worker counts.

use mosaic_telemetry::metrics::{Counter, KeyValue, meter};

use crate::run::HeldRuns;

/// The worker's instruments.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    claimed: Counter<u64>,
    ended: Counter<u64>,
}

impl Metrics {
    /// Declares the instruments; how many runs are held is read from `held`.
    pub(crate) fn new(held: &HeldRuns) -> Self {
        let meter = meter("mosaic.worker");
        let held = held.clone();
        meter
            .u64_observable_gauge("mosaic.worker.runs.held")
            .with_description("Runs that this replica executes now.")
            .with_callback(move |observer| {
                observer.observe(u64::try_from(held.len()).unwrap_or(u64::MAX), &[]);
            })
            .build();
        Self {
            claimed: meter
                .u64_counter("mosaic.worker.runs.claimed")
                .with_description("Runs claimed, first or from a worker that died.")
                .build(),
            ended: meter
                .u64_counter("mosaic.worker.runs.ended")
                .with_description("Runs that this replica has brought to an end.")
                .build(),
        }
    }

    pub(crate) fn claimed(&self, taken_over: bool) {
        self.claimed
            .add(1, &[KeyValue::new("taken_over", taken_over)]);
    }

    pub(crate) fn ended(&self) {
        self.ended.add(1, &[]);
    }
}

//! Counting events.

use mosaic_proto::envelope::Envelope;
use mosaic_runtime::describe::Counters;
use mosaic_telemetry::metrics::{Counter, KeyValue, counter, meter};

use crate::{EventHandler, Rejected};

/// Counts every event it is given, as the metric `mosaic_events_seen_total{service,type}` and in what the instance says
/// of itself (`events_seen` and `events_seen.<type>`).
#[derive(Debug)]
pub struct EventCounter {
    service: &'static str,
    counters: Counters,
    seen: Counter<u64>,
}

impl EventCounter {
    /// Counts on behalf of a service.
    #[must_use]
    pub fn new(service: &'static str, counters: Counters) -> Self {
        let meter = meter("mosaic.service");
        Self {
            service,
            counters,
            seen: counter(
                &meter,
                "mosaic.events.seen",
                "Events consumed, repetitions not counted",
            ),
        }
    }
}

impl EventHandler for EventCounter {
    async fn handle(&self, event: &Envelope) -> Result<(), Rejected> {
        let kind = &event.type_name;
        self.counters.add("events_seen", 1);
        self.counters.add(&format!("events_seen.{kind}"), 1);
        let labels = [
            KeyValue::new("service", self.service),
            KeyValue::new("type", kind.clone()),
        ];
        self.seen.add(1, &labels);
        Ok(())
    }
}

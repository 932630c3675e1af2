//! Queues as gauges.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::Bus;
use crate::error::Result;

/// How often queues are counted.
const EVERY: Duration = Duration::from_secs(10);

/// Counts all queues every ten seconds and shows the numbers as gauges, until the stop. Gateways do it, each for all:
/// who adds up over replicas takes the maximum.
pub fn report_queues(bus: &Bus, tracker: &TaskTracker, shutdown: CancellationToken) {
    let bus = bus.clone();
    tracker.spawn(async move {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = report(&bus).await {
                tracing::debug!(%error, "the queues could not be counted");
            }
        }
    });
}

async fn report(bus: &Bus) -> Result<()> {
    for name in bus.queues().await? {
        let stats = bus.queue(&name).stats().await?;
        bus.metrics().queue(&name, &stats);
    }
    Ok(())
}

//! The limits of the machine, measured in the same run: what a commit costs Postgres, and a round trip Valkey.

mod postgres;
mod valkey;

use std::time::Duration;

use serde::Serialize;

use crate::measure::{Latencies, Quantiles, rate};

pub(crate) use postgres::Commits;
pub(crate) use valkey::{RoundTrip, RoundTrips};

/// What a round of a reference has shown.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reference {
    pub(crate) per_second: f64,
    pub(crate) latency_ms: Quantiles,
}

impl Reference {
    fn new(count: u64, elapsed: Duration, latencies: &Latencies) -> Self {
        Self {
            per_second: rate(count, elapsed),
            latency_ms: latencies.quantiles(),
        }
    }
}

/// Runs `once` over and over in every lane at the same time, each with a connection of its own, until `limit`.
async fn measure<C: Send + 'static>(
    lanes: Vec<C>,
    limit: Duration,
    once: impl AsyncRepeat<C>,
) -> anyhow::Result<Reference> {
    let started = std::time::Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for mut lane in lanes {
        running.spawn(async move {
            let mut latencies = Latencies::new()?;
            let mut count = 0_u64;
            while started.elapsed() < limit {
                let began = std::time::Instant::now();
                once.once(&mut lane).await?;
                latencies.record(began.elapsed());
                count += 1;
            }
            anyhow::Ok((count, latencies))
        });
    }
    let (mut count, mut latencies) = (0, Latencies::new()?);
    while let Some(done) = running.join_next().await {
        let (of_lane, shown) = done??;
        count += of_lane;
        latencies.add(&shown)?;
    }
    Ok(Reference::new(count, started.elapsed(), &latencies))
}

/// What is measured: one request and its answer.
trait AsyncRepeat<C>: Copy + Send + 'static {
    fn once(self, lane: &mut C) -> impl Future<Output = anyhow::Result<()>> + Send;
}

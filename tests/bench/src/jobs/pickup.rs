//! Row 2: how soon a job is picked up while jobs come at a steady rate, whether or not the earlier ones are done.

use serde::Serialize;

use super::empty;
use super::options::Options;
use super::peer::Peer;
use super::protocol::{Order, Role};
use super::system::System;
use crate::measure::{Latencies, Spread};
use crate::report;
use crate::system::Engines;

/// What a system has shown at one rate.
#[derive(Debug, Serialize)]
pub(super) struct Pickup {
    pub(super) system: &'static str,
    pub(super) rate: u32,
    /// Milliseconds from just before the push to the handler's first line, by rounds.
    pub(super) rounds: Vec<Quantiles>,
}

/// Milliseconds below which so many of the jobs of a round lie.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Quantiles {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) most: f64,
}

impl Pickup {
    pub(super) fn spread(&self, figure: impl Fn(&Quantiles) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(figure))
    }

    async fn round(
        &mut self,
        options: &Options,
        system: &System,
        engines: &mut Engines,
        round: u32,
    ) -> anyhow::Result<()> {
        let jobs = u64::from(self.rate) * options.round().as_secs();
        let name = format!("pickup-{}-{round}", self.rate);
        let order = Order {
            rate: self.rate,
            ..options.order(&engines.valkey_url, system, Role::Wait, &name, jobs)
        };
        let mut consumer = Peer::start(system, &order).await?;
        consumer.ready().await?;
        let order = Order {
            role: Role::Push,
            ..order
        };
        Peer::start(system, &order).await?.seconds().await?;
        let micros = consumer.latencies().await?;
        self.rounds.push(quantiles(&micros)?);
        empty(engines).await
    }
}

fn quantiles(micros: &[u64]) -> anyhow::Result<Quantiles> {
    let mut latencies = Latencies::new()?;
    for micros in micros {
        latencies.record(std::time::Duration::from_micros(*micros));
    }
    let quantiles = latencies.quantiles();
    Ok(Quantiles {
        p50: quantiles.p50,
        p99: quantiles.p99,
        most: latencies.most(),
    })
}

/// Measures all systems in turn, round after round, at each rate.
pub(super) async fn measure(
    options: &Options,
    systems: &[System],
    engines: &mut Engines,
) -> anyhow::Result<Vec<Pickup>> {
    let systems: Vec<_> = systems
        .iter()
        .filter(|system| !system.only_drains)
        .collect();
    let mut pickups = Vec::new();
    for rate in &options.rates {
        let mut at_rate: Vec<_> = systems
            .iter()
            .map(|system| Pickup {
                system: system.name,
                rate: *rate,
                rounds: Vec::new(),
            })
            .collect();
        for round in 0..options.rounds() {
            report::note(format_args!(
                "pickup at {rate} jobs/s: round {} of {}",
                round + 1,
                options.rounds()
            ));
            for (system, pickup) in systems.iter().zip(&mut at_rate) {
                pickup.round(options, system, engines, round).await?;
            }
        }
        pickups.extend(at_rate);
    }
    Ok(pickups)
}

//! Row 1: how fast one consumer works off jobs that wait.

use serde::Serialize;

use super::empty;
use super::options::Options;
use super::peer::Peer;
use super::protocol::{Order, Role};
use super::system::System;
use crate::measure::{Spread, per};
use crate::report;
use crate::system::{Engines, Usage};

/// What a system has shown.
#[derive(Debug, Serialize)]
pub(super) struct Drain {
    pub(super) system: &'static str,
    /// Jobs a second, from connecting to the last acknowledgement, by rounds.
    pub(super) per_second: Vec<f64>,
    /// Jobs a second put on the queue before, in bulk, by rounds.
    pub(super) filled_per_second: Vec<f64>,
    /// Processor time of Valkey for one job that is drained, in microseconds, by rounds.
    pub(super) valkey_micros: Vec<f64>,
}

impl Drain {
    pub(super) fn per_second(&self) -> Spread {
        Spread::of(self.per_second.iter().copied())
    }

    pub(super) fn filled(&self) -> Spread {
        Spread::of(self.filled_per_second.iter().copied())
    }

    pub(super) fn valkey_micros(&self) -> Spread {
        Spread::of(self.valkey_micros.iter().copied())
    }
}

/// Measures all systems in turn, round after round. Each second round goes through them backwards.
pub(super) async fn measure(
    options: &Options,
    systems: &[System],
    engines: &mut Engines,
) -> anyhow::Result<Vec<Drain>> {
    let mut drains: Vec<_> = systems.iter().map(Drain::new).collect();
    for round in 0..options.rounds() {
        report::note(format_args!(
            "drain: round {} of {}",
            round + 1,
            options.rounds()
        ));
        let mut order: Vec<_> = systems.iter().zip(&mut drains).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (system, drain) in order {
            drain.round(options, system, engines, round).await?;
        }
    }
    Ok(drains)
}

impl Drain {
    const fn new(system: &System) -> Self {
        Self {
            system: system.name,
            per_second: Vec::new(),
            filled_per_second: Vec::new(),
            valkey_micros: Vec::new(),
        }
    }

    async fn round(
        &mut self,
        options: &Options,
        system: &System,
        engines: &mut Engines,
        round: u32,
    ) -> anyhow::Result<()> {
        let jobs = options.jobs();
        let order = options.order(
            &engines.valkey_url,
            system,
            Role::Fill,
            &format!("drain-{round}"),
            jobs,
        );
        let filled = Peer::start(system, &order).await?.seconds().await?;
        let usage = engines.valkey_usage;
        let busy = || usage.and_then(Usage::cpu_seconds);
        let before = busy();
        let order = Order {
            role: Role::Drain,
            ..order
        };
        let drained = Peer::start(system, &order).await?.seconds().await?;
        let busy = before.zip(busy()).map(|(before, after)| after - before);
        self.per_second.push(per(jobs, drained));
        self.filled_per_second.push(per(jobs, filled));
        self.valkey_micros
            .push(busy.unwrap_or_default() * 1e6 / per(jobs, 1.0));
        empty(engines).await
    }
}

//! What the parts of the system hold and use.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

use crate::measure::per;
use crate::system::{Cores, Engines, Installation, Memory, Usage};

/// The parts that only measure.
pub(super) const OUTSIDE: [&str; 2] = ["scripted model", "load generator"];

/// Every part of the system as processes.
#[derive(Debug)]
pub(super) struct Parts(Vec<(&'static str, Usage)>);

/// Memory of every part.
pub(super) type Snapshot = BTreeMap<&'static str, Memory>;

/// Processor time so far, in seconds.
#[derive(Debug)]
pub(super) struct Processor {
    at: Instant,
    parts: BTreeMap<&'static str, f64>,
    machine: Option<Cores>,
}

/// Where the processor time of a round went.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Used {
    /// Milliseconds of a turn, by part of the system.
    pub(super) turn_ms: BTreeMap<&'static str, f64>,
    /// Cores that somebody else kept busy.
    pub(super) cores_of_others: f64,
    /// Cores that had nothing to do.
    pub(super) cores_idle: f64,
}

impl Parts {
    pub(super) fn of(installation: &Installation, engines: &Engines) -> anyhow::Result<Self> {
        let mut parts = Vec::new();
        for service in &installation.services {
            parts.push((service.name, service.usage()?));
        }
        parts.extend(engines.postgres_usage.map(|usage| ("Postgres", usage)));
        parts.extend(engines.valkey_usage.map(|usage| ("Valkey", usage)));
        let [model, load] = OUTSIDE;
        if let Some(running) = &installation.model {
            parts.push((model, running.usage()?));
        }
        parts.push((load, Usage::alone(i32::try_from(std::process::id())?)));
        Ok(Self(parts))
    }

    /// What they hold now.
    pub(super) fn look(&self) -> Snapshot {
        let seen = self
            .0
            .iter()
            .filter_map(|(name, usage)| Some((*name, usage.memory()?)));
        seen.collect()
    }

    /// What they have used so far.
    pub(super) fn processor(&self) -> Processor {
        let seen = self
            .0
            .iter()
            .filter_map(|(name, usage)| Some((*name, usage.cpu_seconds()?)));
        Processor {
            at: Instant::now(),
            parts: seen.collect(),
            machine: Cores::look(),
        }
    }
}

impl Processor {
    /// What was used since `earlier`, in which so many turns were taken.
    pub(super) fn since(&self, earlier: &Self, turns: u64) -> Used {
        let used = self.parts.iter().map(|(name, seconds)| {
            let before = earlier.parts.get(name).copied().unwrap_or_default();
            (*name, seconds - before)
        });
        let used: BTreeMap<_, _> = used.collect();
        let ours: f64 = used.values().sum();
        let elapsed = self.at.duration_since(earlier.at).as_secs_f64();
        let machine = self.machine.zip(earlier.machine);
        let (busy, idle) = machine.map_or((ours, 0.0), |(now, before)| now.since(before));
        let per_turn = 1_000.0 * per(1, per(turns, 1.0));
        Used {
            cores_of_others: ((busy - ours) / elapsed).max(0.0),
            cores_idle: idle / elapsed,
            turn_ms: used
                .into_iter()
                .map(|(name, seconds)| (name, seconds * per_turn))
                .collect(),
        }
    }
}

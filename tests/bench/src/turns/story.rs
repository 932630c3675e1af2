//! The report of the benchmark, as JSON and as tables.

mod tables;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::figures::AtConcurrency;
use super::footprint::Snapshot;
use super::unwatched::Unwatched;
use crate::cli::Options;
use crate::measure::Spread;
use crate::report::{Report, Table};
use crate::system::{EngineFacts, Machine, Started};

/// What was measured.
pub(super) struct Facts<'a> {
    pub(super) options: &'a Options,
    pub(super) machine: Machine,
    pub(super) engines: EngineFacts,
    pub(super) starts: Vec<Started>,
    /// Standing by before the load, right after it, and standing by after it.
    pub(super) memory: [Snapshot; 3],
    pub(super) under_load: Vec<Snapshot>,
    pub(super) turns: Vec<AtConcurrency>,
    pub(super) unwatched: Unwatched,
    pub(super) checked: Checked,
}

/// Whether every message was stored and answered once.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Checked {
    pub(super) acknowledged: u64,
    pub(super) stored: u64,
    pub(super) answered: u64,
}

impl Checked {
    const fn holds(self) -> bool {
        self.acknowledged == self.stored && self.stored == self.answered
    }
}

/// The report.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    date: DateTime<Utc>,
    /// A quick run shows that the benchmark works, and nothing else.
    quick: bool,
    machine: Machine,
    engines: EngineFacts,
    seconds: u64,
    rounds: u32,
    users: usize,
    idle_seconds: u64,
    /// From exec to ready; for migrate, which ends, to its end.
    start_ms: BTreeMap<&'static str, Spread>,
    memory_before_mib: Snapshot,
    memory_under_load_mib: Vec<Snapshot>,
    memory_after_mib: Snapshot,
    memory_rested_mib: Snapshot,
    turns: Vec<AtConcurrency>,
    unwatched: Unwatched,
    checked: Checked,
}

impl Story {
    pub(super) fn new(facts: Facts<'_>) -> Self {
        let mut starts: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
        for Started { service, took } in facts.starts {
            starts
                .entry(service)
                .or_default()
                .push(took.as_secs_f64() * 1_000.0);
        }
        let [before, after, rested] = facts.memory;
        Self {
            #[expect(clippy::disallowed_methods, reason = "the date of a report")]
            date: Utc::now(),
            quick: facts.options.quick,
            machine: facts.machine,
            engines: facts.engines,
            seconds: facts.options.round().as_secs(),
            rounds: facts.options.rounds,
            users: facts.options.users,
            idle_seconds: facts.options.idle().as_secs(),
            start_ms: starts
                .into_iter()
                .map(|(service, took)| (service, Spread::of(took)))
                .collect(),
            memory_before_mib: before,
            memory_under_load_mib: facts.under_load,
            memory_after_mib: after,
            memory_rested_mib: rested,
            turns: facts.turns,
            unwatched: facts.unwatched,
            checked: facts.checked,
        }
    }
}

impl Report for Story {
    fn head(&self) -> Vec<String> {
        tables::head(self)
    }

    fn tables(&self) -> Vec<Table> {
        tables::all(self)
    }

    fn verdict(&self) -> anyhow::Result<()> {
        let failures: Vec<_> = self
            .turns
            .iter()
            .flat_map(AtConcurrency::failures)
            .collect();
        if let Some(first) = failures.first() {
            anyhow::bail!("{} turns failed; the first: {first}", failures.len());
        }
        let checked = self.checked;
        anyhow::ensure!(
            checked.holds(),
            "not every message was stored and answered once: {checked:?}"
        );
        Ok(())
    }
}

//! The report of the benchmark, as JSON and as tables.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::crash::{self, Crash, Memory};
use super::drain::Drain;
use super::options::Options;
use super::pickup::Pickup;
use super::system::{MOSAIC, RAW, RAW_REMOVING, System};
use crate::report::{Report, Table, spread};
use crate::system::{EngineFacts, Machine};

/// What was measured.
pub(super) struct Facts<'a> {
    pub(super) options: &'a Options,
    pub(super) machine: Machine,
    pub(super) engines: EngineFacts,
    pub(super) systems: &'a [System],
    pub(super) drains: Vec<Drain>,
    pub(super) pickups: Vec<Pickup>,
    pub(super) crashes: Vec<Crash>,
}

/// The report.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    date: DateTime<Utc>,
    /// A quick run shows that the benchmark works, and nothing else.
    quick: bool,
    machine: Machine,
    engines: EngineFacts,
    systems: Vec<System>,
    rounds: u32,
    seconds: u64,
    jobs: u64,
    bytes: usize,
    concurrency: usize,
    drains: Vec<Drain>,
    pickups: Vec<Pickup>,
    crashes: Vec<Crash>,
}

impl Story {
    pub(super) fn new(facts: Facts<'_>) -> Self {
        let options = facts.options;
        Self {
            #[expect(clippy::disallowed_methods, reason = "the date of a report")]
            date: Utc::now(),
            quick: options.quick,
            machine: facts.machine,
            engines: facts.engines,
            systems: facts.systems.to_vec(),
            rounds: options.rounds(),
            seconds: options.round().as_secs(),
            jobs: options.jobs(),
            bytes: options.bytes,
            concurrency: options.concurrency(),
            drains: facts.drains,
            pickups: facts.pickups,
            crashes: facts.crashes,
        }
    }

    fn median(&self, system: &str) -> Option<f64> {
        let drain = self.drains.iter().find(|drain| drain.system == system)?;
        Some(drain.per_second().median)
    }

    /// The median of the fastest peer.
    fn fastest_peer(&self) -> Option<f64> {
        let drains = self.drains.iter();
        let peers = drains.filter(|drain| System::is_peer(drain.system));
        let medians = peers.map(|drain| drain.per_second().median);
        medians.reduce(f64::max)
    }

    fn drained(&self) -> Table {
        let title = format!(
            "{} jobs of {} bytes, one consumer, {} at a time",
            self.jobs, self.bytes, self.concurrency
        );
        let columns = [
            "drained/s",
            "of raw",
            "of raw-xdel",
            "× fastest peer",
            "pushed/s",
            "Valkey µs/job",
        ];
        let mut table = Table::new(&title, columns.map(str::to_owned));
        for drain in &self.drains {
            let own = drain.per_second();
            let of =
                |other: Option<f64>| other.filter(|other| *other > 0.0).map(|o| own.median / o);
            let percent = |share: Option<f64>| {
                share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
            };
            let times = of(self.fastest_peer());
            let cells = [
                spread(own),
                percent(of(self.median(RAW))),
                percent(of(self.median(RAW_REMOVING))),
                times.map_or_else(|| "–".to_owned(), |times| format!("{times:.2}")),
                spread(drain.filled()),
                spread(drain.valkey_micros()),
            ];
            table.row(drain.system, cells);
        }
        table
    }

    fn picked_up(&self, rate: u32) -> Table {
        let title = format!("pickup at {rate} jobs/s, ms");
        let mut table = Table::new(&title, ["p50", "p99", "longest"].map(str::to_owned));
        for pickup in self.pickups.iter().filter(|pickup| pickup.rate == rate) {
            let cells = [
                spread(pickup.spread(|round| round.p50)),
                spread(pickup.spread(|round| round.p99)),
                spread(pickup.spread(|round| round.most)),
            ];
            table.row(pickup.system, cells);
        }
        table
    }

    fn crashed(&self) -> Table {
        let (jobs, kills) = self
            .crashes
            .first()
            .map_or((0, 0), |crash| (crash.jobs, crash.kills));
        let title = format!("{jobs} jobs, {kills} workers and Valkey killed");
        let columns = [
            "Valkey came back",
            "lost",
            "effects doubled",
            "handled again",
            "workers gave up",
            "s",
        ];
        let mut table = Table::new(&title, columns.map(str::to_owned));
        for crash in &self.crashes {
            let memory = match crash.memory {
                Memory::Kept => "with its file",
                Memory::Lost => "empty",
            };
            let cells = [
                memory.to_owned(),
                crash.lost.to_string(),
                crash.doubled.to_string(),
                crash.handled_again.to_string(),
                crash.gave_up.to_string(),
                format!("{:.1}", crash.seconds),
            ];
            table.row(crash.system, cells);
        }
        table
    }
}

impl Report for Story {
    fn head(&self) -> Vec<String> {
        let (machine, engines) = (&self.machine, &self.engines);
        let versions: Vec<_> = self
            .systems
            .iter()
            .filter(|system| system.name == MOSAIC || System::is_peer(system.name))
            .map(|system| format!("{} {}", system.name, system.version))
            .collect();
        let mut head = vec![
            format!(
                "{} · revision {}",
                self.date.format("%Y-%m-%d %H:%M UTC"),
                machine.revision
            ),
            format!(
                "{} cores {}, {} GiB, Linux {}; load before the run {}",
                machine.cores,
                machine.processor,
                machine.memory_gib,
                machine.kernel,
                machine.load_before
            ),
            format!(
                "Valkey {} (appendonly {}, fsync {}), Postgres {} (fsync {}, synchronous_commit {}), {}",
                engines.valkey,
                engines.appendonly,
                engines.appendfsync,
                engines.postgres,
                engines.fsync,
                engines.synchronous_commit,
                engines.file_system
            ),
            versions.join(", "),
            format!(
                "{} rounds, the systems in turn; programs and engines share the cores",
                self.rounds
            ),
            "Figures are medians of the rounds (lowest–highest).".to_owned(),
        ];
        if !self.crashes.is_empty() {
            head.push(format!(
                "Crashes: {} workers, {} jobs of {} ms under way in each, silent for {} s means dead.",
                crash::WORKERS, crash::CONCURRENCY, crash::WORK.as_millis(), crash::LEASE.as_secs()
            ));
        }
        if self.quick {
            head.push(
                "A quick run: shows that the benchmark works. Not to be published.".to_owned(),
            );
        }
        head
    }

    fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        if !self.drains.is_empty() {
            tables.push(self.drained());
        }
        let mut rates: Vec<u32> = self.pickups.iter().map(|pickup| pickup.rate).collect();
        rates.dedup();
        tables.extend(rates.into_iter().map(|rate| self.picked_up(rate)));
        if !self.crashes.is_empty() {
            tables.push(self.crashed());
        }
        tables
    }

    fn verdict(&self) -> anyhow::Result<()> {
        for crash in self.crashes.iter().filter(|crash| crash.system == MOSAIC) {
            anyhow::ensure!(
                crash.lost == 0 && crash.doubled == 0,
                "{} jobs were lost and {} effects happened twice",
                crash.lost,
                crash.doubled
            );
        }
        Ok(())
    }
}

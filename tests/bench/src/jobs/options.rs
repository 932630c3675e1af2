//! How the benchmark is run.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret as _, SecretString};

use super::crash::{LEASE, WORK};
use super::protocol::{Order, Role};
use super::system::System;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Row {
    /// How fast jobs that wait are worked off.
    Drain,
    /// How soon a job is picked up.
    Pickup,
    /// What becomes of jobs when workers and Valkey are killed.
    Crash,
}

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// What is measured.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["drain", "pickup", "crash"])]
    pub(super) rows: Vec<Row>,
    /// Which systems; all that are there unless said. `mosaic` and `raw` need nothing; the others are built by `cargo xtask bench`.
    #[arg(long, value_delimiter = ',')]
    pub(super) systems: Vec<String>,
    /// How many jobs are drained.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    jobs: u64,
    /// Bytes of a job's payload.
    #[arg(long, default_value_t = 256)]
    pub(super) bytes: usize,
    /// Jobs under way at the same time in the one consumer that drains, and taken at once where a system takes several.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
    /// Jobs a second, for pickup, one rate after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [200, 2_000])]
    pub(super) rates: Vec<u32>,
    /// How long jobs come at one rate in one round.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often everything is measured, the systems in turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many jobs there are while workers and Valkey are killed.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..))]
    crash_jobs: u64,
    /// How many workers are killed.
    #[arg(long, default_value_t = 10)]
    pub(super) kills: u32,
    /// One short round of everything, to see that it works. Its figures are not to be published.
    #[arg(long)]
    pub(super) quick: bool,
    /// Where the report is written; `target/bench/jobs.json` unless said.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl Options {
    pub(crate) fn settled(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.quick || !cfg!(debug_assertions),
            "a debug build says nothing about speed: run this with `cargo xtask bench jobs`"
        );
        anyhow::ensure!(
            !self.rates.contains(&0),
            "a rate is at least 1 job a second"
        );
        Ok(self)
    }

    pub(super) fn jobs(&self) -> u64 {
        if self.quick {
            self.jobs.min(5_000)
        } else {
            self.jobs
        }
    }

    pub(super) fn concurrency(&self) -> usize {
        usize::try_from(self.concurrency).unwrap_or(usize::MAX)
    }

    pub(super) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// How long jobs come at one rate in one round.
    pub(super) fn round(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { self.seconds })
    }

    pub(super) fn crash_jobs(&self) -> u64 {
        if self.quick {
            self.crash_jobs.min(2_000)
        } else {
            self.crash_jobs
        }
    }

    /// An order to a program of a system, on a queue of this name.
    pub(super) fn order(
        &self,
        valkey: &SecretString,
        system: &System,
        role: Role,
        queue: &str,
        count: u64,
    ) -> Order {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Order {
            system: system.name.to_owned(),
            role,
            url: valkey.expose_secret().to_owned(),
            queue: queue.to_owned(),
            count,
            bytes: self.bytes,
            concurrency: self.concurrency(),
            rate: 0,
            lease_ms: millis(LEASE),
            work_ms: millis(WORK),
            effects: None,
            postgres: None,
        }
    }
}

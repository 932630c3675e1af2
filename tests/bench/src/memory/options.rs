//! How the benchmark is run.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// How many vectors there are, one size after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    pub(super) vectors: Vec<usize>,
    /// How many search at the same time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) clients: u32,
    /// How long one round of one kind of search takes.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often everything is measured, in turn with its reference.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One short round of everything, to see that it works. Its figures are not to be published.
    #[arg(long)]
    pub(super) quick: bool,
    /// Where the report is written; `target/bench/memory.json` unless said.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl Options {
    pub(crate) fn settled(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.vectors.iter().all(|size| *size >= 1_000),
            "fewer than 1000 --vectors say nothing"
        );
        anyhow::ensure!(
            self.quick || !cfg!(debug_assertions),
            "a debug build says nothing about speed: run this with `cargo xtask bench memory`"
        );
        Ok(self)
    }

    pub(super) fn round(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { self.seconds })
    }

    pub(super) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// How many questions of each kind are compared with the truth.
    pub(super) fn compared(&self) -> usize {
        if self.quick { 20 } else { 200 }
    }
}

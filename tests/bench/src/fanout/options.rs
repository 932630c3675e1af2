//! How the benchmark is run.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// How many clients are connected and say nothing.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..))]
    clients: u32,
    /// How many people they are, each with a token of their own.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    people: u32,
    /// How many watch one run, one number after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 1_000])]
    watchers: Vec<u32>,
    /// How many tokens the answer has.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..))]
    tokens: u32,
    /// How many of them come in a second.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) tokens_per_second: u32,
    /// How long clients are idle before memory is read; longer than the gateway's heartbeat of 15 s, so that each was pinged.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    idle_seconds: u64,
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One short round of everything with few clients, to see that it works. Its figures are not to be published.
    #[arg(long)]
    pub(super) quick: bool,
    /// Where the report is written; `target/bench/fanout.json` unless said.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// How the model answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) tokens: u32,
    pub(super) every: Duration,
}

impl Options {
    pub(crate) fn settled(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.quick || !cfg!(debug_assertions),
            "a debug build says nothing about speed: run this with `cargo xtask bench fanout`"
        );
        anyhow::ensure!(
            !self.watchers.contains(&0) && !self.watchers.is_empty(),
            "a run is watched by 1 at least"
        );
        Ok(self)
    }

    fn quickly(&self, number: u32, most: u32) -> u32 {
        if self.quick { number.min(most) } else { number }
    }

    pub(super) fn clients(&self) -> u32 {
        self.quickly(self.clients, 500)
    }

    pub(super) fn people(&self) -> usize {
        usize::try_from(self.quickly(self.people, 50)).unwrap_or(usize::MAX)
    }

    pub(super) fn watchers(&self) -> Vec<u32> {
        let watchers = self.watchers.iter();
        watchers.map(|number| self.quickly(*number, 50)).collect()
    }

    pub(super) fn pace(&self) -> Pace {
        Pace {
            tokens: self.quickly(self.tokens, 50),
            every: Duration::from_secs(1) / self.tokens_per_second,
        }
    }

    pub(super) fn idle(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { self.idle_seconds })
    }

    pub(super) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// Sockets open at once in the gateway, and at their other ends here.
    pub(super) fn most_sockets(&self) -> u64 {
        let watchers = self.watchers().into_iter().max().unwrap_or_default();
        u64::from(self.clients().max(watchers))
    }

    /// What differs from the defaults: one person has all the watchers, who come at once with one token, which gets half of the
    /// streams; and each counts as a socket and as a watch.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let watchers = self.watchers().into_iter().max().unwrap_or_default();
        let per_person = self
            .clients()
            .div_ceil(u32::try_from(self.people()).unwrap_or(1));
        let streams = (2 * (2 * watchers + 8).max(per_person + 8)).max(256);
        // Nobody opens a thousand sockets in a moment.
        [
            ("GATEWAY__MAX_STREAMS_PER_USER", streams.to_string()),
            ("LIMITS__USER_PER_MINUTE", "0".to_owned()),
            ("LIMITS__CREDENTIAL_PER_MINUTE", "0".to_owned()),
        ]
        .map(|(name, value)| (format!("MOSAIC_{name}"), value))
        .to_vec()
    }
}

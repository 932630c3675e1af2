//! How the benchmark is run.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// How often somebody signs in, in each round.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    logins: u32,
    /// How long each kind of request is sent, in each round.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many tokens are revoked in each round.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    revocations: u32,
    /// How often everything is measured, in turn with its references.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One short round of everything, to see that it works. Its figures are not to be published.
    #[arg(long)]
    pub(super) quick: bool,
    /// Where the report is written; `target/bench/auth.json` unless said.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl Options {
    pub(crate) fn settled(self) -> anyhow::Result<Self> {
        anyhow::ensure!(
            self.quick || !cfg!(debug_assertions),
            "a debug build says nothing about speed: run this with `cargo xtask bench auth`"
        );
        Ok(self)
    }

    pub(super) fn logins(&self) -> u32 {
        if self.quick { 3 } else { self.logins }
    }

    pub(super) fn revocations(&self) -> u32 {
        if self.quick { 2 } else { self.revocations }
    }

    pub(super) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// How long each kind of request is sent.
    pub(super) fn round(&self) -> Duration {
        if self.quick {
            Duration::from_millis(300)
        } else {
            Duration::from_secs(self.seconds)
        }
    }

    /// What differs from the defaults: one person asks as often as thousands. Their requests are counted all the same.
    pub(super) fn settings() -> Vec<(String, String)> {
        const MOST: &str = "10000000";
        ["USER", "CREDENTIAL", "ADDRESS"]
            .map(|whose| {
                let name = format!("MOSAIC_LIMITS__{whose}_PER_MINUTE");
                (name, MOST.to_owned())
            })
            .to_vec()
    }
}

//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::{auth, fanout, jobs, memory, report, turns};

/// Measures Mosaic on the engines that `cargo xtask bench` starts.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Whole turns, from the message to the stored answer; and what the services need to start and to stand by.
    Turns(Options),
    /// Making vectors of texts, and finding memories by them, beside a plain pgvector query.
    Memory(memory::Options),
    /// Draining jobs, picking them up, and what becomes of them in crashes, beside other task queues.
    Jobs(jobs::Options),
    /// Many clients: what each costs the gateway while it is idle, and how soon a token reaches all that watch.
    Fanout(fanout::Options),
    /// Signing in, what it costs a request to know who asks, and how soon a revoked token counts nowhere.
    Auth(auth::Options),
    /// Carries out one order of `jobs`, as one of the programs that it measures.
    #[command(hide = true)]
    Peer,
}

/// How a benchmark is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// How long one round of turns takes at each concurrency.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often everything is measured, in turn with its references.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// How many turns are under way at the same time.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 100])]
    pub(crate) concurrency: Vec<usize>,
    /// How many people take turns, each in a conversation of their own.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) users: usize,
    /// How long the services stand by before their memory is read.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    idle_seconds: u64,
    /// One short round of everything, to see that it works. Its figures are not to be published.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where the report is written; `target/bench/<name>.json` unless said.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

impl Options {
    fn settled(mut self) -> anyhow::Result<Self> {
        if self.quick {
            self.seconds = 1;
            self.rounds = 1;
            self.idle_seconds = 2;
        }
        let most = self.concurrency.iter().copied().max().unwrap_or_default();
        anyhow::ensure!(
            !self.concurrency.contains(&0) && most > 0,
            "a concurrency is at least 1"
        );
        anyhow::ensure!(
            self.users >= most,
            "{most} turns at the same time need as many --users"
        );
        Ok(self)
    }

    /// How long one round of turns takes.
    pub(crate) fn round(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// How long one round of a reference takes.
    pub(crate) fn reference(&self) -> Duration {
        self.round() / 3
    }

    /// How long the services stand by before their memory is read.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }
}

/// Runs the benchmark that the command line names.
pub async fn main() -> ExitCode {
    let done = match Arguments::parse().bench {
        Bench::Turns(options) => match options.settled() {
            Ok(options) => turns::run(&options).await,
            Err(error) => Err(error),
        },
        Bench::Memory(options) => match options.settled() {
            Ok(options) => memory::run(&options).await,
            Err(error) => Err(error),
        },
        Bench::Jobs(options) => match options.settled() {
            Ok(options) => jobs::run(&options).await,
            Err(error) => Err(error),
        },
        Bench::Fanout(options) => match options.settled() {
            Ok(options) => fanout::run(&options).await,
            Err(error) => Err(error),
        },
        Bench::Auth(options) => match options.settled() {
            Ok(options) => auth::run(&options).await,
            Err(error) => Err(error),
        },
        Bench::Peer => jobs::peer().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::fail(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> anyhow::Result<Options> {
        let arguments = Arguments::try_parse_from([&["bench", "turns"], words].concat())?;
        match arguments.bench {
            Bench::Turns(options) => options.settled(),
            _ => anyhow::bail!("another benchmark"),
        }
    }

    #[test]
    fn the_usual_run_has_five_rounds_of_every_concurrency() {
        let options = options(&[]).unwrap();
        assert_eq!((options.rounds, options.users), (5, 1_000));
        assert_eq!(options.concurrency, [1, 8, 100]);
        assert_eq!(options.idle(), Duration::from_mins(1));
    }

    #[test]
    fn a_quick_run_is_short() {
        let options = options(&["--quick", "--rounds", "9"]).unwrap();
        assert_eq!(
            (options.rounds, options.round()),
            (1, Duration::from_secs(1))
        );
    }

    #[test]
    fn nobody_takes_two_turns_at_the_same_time() {
        assert!(options(&["--users", "10"]).is_err());
        assert!(options(&["--concurrency", "0"]).is_err());
    }
}

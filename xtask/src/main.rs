//! The repository's verbs: `cargo xtask <verb>`.

mod bench;
mod chaos;
mod ci;
mod dev_db;
mod emulator;
mod engines;
mod environment;
mod fuzz;
mod generate;
mod migrations;
mod process;
mod say;
mod setup;
mod test;
mod up;
mod web;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Build, run and test Mosaic from a clone of its repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// A folder with Postgres (with pgvector) and Valkey to use instead of looking for them.
    #[arg(long, global = true, value_name = "FOLDER")]
    engines: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check what is needed and fetch what is missing; needs no root.
    Setup,
    /// Set up, build and run the whole of Mosaic on this machine (`mosaic up`).
    Up {
        /// Build with optimisations.
        #[arg(long)]
        release: bool,
        /// Passed on to `mosaic up`, as in `--say "hello" --once`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
    /// Run every test on a real Postgres and Valkey started for it.
    Test {
        /// Passed on to the test runner: filters and options.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
    /// Everything that must pass before a change is merged.
    Ci,
    /// Build the web page: install its packages, check and bundle it. Needs Node.js.
    Web {
        /// Check types and lints and run the unit tests as well.
        #[arg(long)]
        check: bool,
        /// Run the browser tests, on an installation that they start themselves.
        #[arg(long, conflicts_with = "check")]
        browser: bool,
    },
    /// Write generated files again: the contracts' Rust code, the SQL metadata, the API's document, the events, who gets what.
    Gen {
        /// Only this one; all when left out.
        what: Option<generate::What>,
        /// Write nothing; fail when a file is not what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Run a Postgres and a Valkey for development, with a freshly migrated database, until Ctrl-C.
    DevDb,
    /// Run a benchmark, built with optimisations, on engines started for it.
    Bench {
        /// Its name.
        name: OsString,
        /// Passed on to it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
    /// Hold conversations on an installation of real processes while everything beneath them is killed, restarted,
    /// frozen and cut off, and check that nothing is lost, repeated or left open.
    Chaos {
        /// How long faults happen.
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
        /// Repeats a run: the same faults and the same messages. Drawn and said when left out.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Ask the API everything its document allows, and much that it does not, on an installation that is started for it.
    /// Needs Python.
    Fuzz {
        /// How long.
        #[arg(long, default_value_t = 6.0)]
        minutes: f64,
        /// Repeats a run. Drawn and said when left out.
        #[arg(long)]
        seed: Option<u32>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { engines, verb } = Arguments::parse();
    let engines = engines.as_deref();
    let done = match verb {
        Verb::Setup => setup::run(engines).await,
        Verb::Up { release, rest } => up::run(engines, release, &rest).await,
        Verb::Test { rest } => test::run(engines, &rest).await,
        Verb::Web { check: true, .. } => web::check().await,
        Verb::Web { browser: true, .. } => test::browser(engines).await,
        Verb::Web { .. } => web::run().await,
        Verb::Ci => ci::run(engines).await,
        Verb::Gen { what, check } => generate::run(engines, what, check).await,
        Verb::DevDb => dev_db::run(engines).await,
        Verb::Chaos { minutes, seed } => chaos::run(engines, minutes, seed).await,
        Verb::Fuzz { minutes, seed } => fuzz::run(engines, minutes, seed).await,
        Verb::Bench { name, rest } => bench::run(engines, &name, &rest).await,
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_up_and_test_is_passed_on() {
        let words = ["xtask", "up", "--release", "--say", "hello there", "--once"];
        let Verb::Up { release, rest } = Arguments::parse_from(words).verb else {
            panic!("not up")
        };
        assert!(release);
        assert_eq!(rest, ["--say", "hello there", "--once"]);

        let words = [
            "xtask",
            "--engines",
            "/e",
            "test",
            "-p",
            "mosaic-bus",
            "fencing",
        ];
        let Arguments {
            engines,
            verb: Verb::Test { rest },
        } = Arguments::parse_from(words)
        else {
            panic!("not test")
        };
        assert_eq!(engines.as_deref(), Some(std::path::Path::new("/e")));
        assert_eq!(rest, ["-p", "mosaic-bus", "fencing"]);
    }
}

//! `mosaic-chaos`: what `cargo xtask chaos` runs.

#![expect(clippy::print_stdout, reason = "the table is what its caller wants")]

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use mosaic_chaos::{Options, Weather};

/// Plays chaos on an installation of its own and says how it went.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long faults happen and people talk.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Repeats a run; drawn when left out.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Arguments { minutes, seed } = Arguments::parse();
    let options = Options {
        seed: seed.unwrap_or_else(draw),
        lasts: Duration::try_from_secs_f64(minutes * 60.0)?,
        weather: Weather::Chaos,
        aloud: true,
    };
    let report = mosaic_chaos::run(options).await?;
    println!("{report}");
    Ok(if report.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A seed that is short enough to be typed.
fn draw() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| u64::from(now.subsec_nanos()) ^ now.as_secs()) % 1_000_000
}

//! `bench jobs`: how fast jobs are drained, how soon each is picked up, and what becomes of them when workers and Valkey
//! die; beside other task queues, and beside bare streams, on the same Valkey.

mod crash;
mod drain;
mod mosaic;
mod options;
mod peer;
mod pickup;
mod protocol;
mod raw;
mod record;
mod story;
mod system;

use anyhow::Context as _;

use crate::report;
use crate::system::{Engines, Machine};

pub(crate) use options::Options;
use options::Row;
pub(crate) use protocol::now_micros;
use protocol::{Answer, Order};
use story::{Facts, Story};

/// Measures and reports.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let machine = Machine::look()?;
    let mut engines = Engines::connect().await?;
    let systems = system::all(&options.systems)?;
    let mut facts = Facts {
        options,
        machine,
        engines: engines.facts.clone(),
        systems: &systems,
        drains: Vec::new(),
        pickups: Vec::new(),
        crashes: Vec::new(),
    };
    if options.rows.contains(&Row::Drain) {
        facts.drains = drain::measure(options, &systems, &mut engines).await?;
    }
    if options.rows.contains(&Row::Pickup) {
        facts.pickups = pickup::measure(options, &systems, &mut engines).await?;
    }
    if options.rows.contains(&Row::Crash) {
        facts.crashes = crash::measure(options, &systems, &engines).await?;
    }
    report::finish("jobs", options.output.as_deref(), &Story::new(facts))
}

/// Removes everything from Valkey, so that the next one begins with nothing.
async fn empty(engines: &mut Engines) -> anyhow::Result<()> {
    let mut empty = redis::cmd("FLUSHALL");
    empty.arg("SYNC");
    Ok(empty.query_async(&mut engines.valkey).await?)
}

/// What this program does when it is itself one of the programs that are measured.
pub(crate) async fn peer() -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line).context("standard input holds no order")?;
    match order.system.as_str() {
        system::MOSAIC | system::MOSAIC_BATCHES => mosaic::obey(order).await,
        _ => raw::obey(order).await,
    }
}

/// Says something to the benchmark.
fn answer(answer: &Answer) -> anyhow::Result<()> {
    report::line(&serde_json::to_string(answer)?)
}

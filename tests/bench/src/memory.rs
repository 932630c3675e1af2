//! `bench memory`: how fast texts become vectors, and how fast, how truly and how completely memories are found again by
//! them, beside a plain pgvector query.

mod crowd;
mod embedding;
mod fill;
mod options;
mod search;
mod story;
mod truth;
mod vectors;

use crate::report;
use crate::system::Machine;

use crowd::Crowd;
use fill::Filled;
pub(crate) use options::Options;
use search::Searching;
use story::Story;

/// What everything random here begins with: runs differ in time only.
const SEED: u64 = 0x6d6f_7361_6963;

/// Measures and reports.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let machine = Machine::look()?;
    let embedding = embedding::measure(options).await?;
    let mut sizes = Vec::new();
    let mut postgres = String::new();
    for size in &options.vectors {
        let crowd = Crowd::new(*size, SEED);
        report::note(format_args!(
            "{} vectors of {} people",
            crowd.rows.len(),
            crowd.people.len()
        ));
        let filled = Filled::fill(&crowd).await?;
        postgres.clone_from(&filled.postgres);
        report::note(format_args!("indexed within {:.0} s", filled.index_s));
        let searching = Searching::new(options, &crowd, &filled).await?;
        sizes.push(searching.measure().await?);
    }
    let story = Story::new(options, machine, postgres, embedding, sizes);
    report::finish("memory", options.output.as_deref(), &story)
}

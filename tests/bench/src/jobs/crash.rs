//! Row 3: what becomes of jobs while workers and Valkey are killed.

mod run;
mod written;

use serde::Serialize;

use super::options::Options;
use super::system::System;
use crate::report;
use crate::system::Engines;

use run::Run;
pub(super) use run::{CONCURRENCY, LEASE, WORK, WORKERS};

/// What the restarted Valkey remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Memory {
    /// What its append-only file held when it was killed.
    Kept,
    /// Nothing.
    Lost,
}

/// What has become of the jobs of one system.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Crash {
    pub(super) system: &'static str,
    pub(super) memory: Memory,
    pub(super) jobs: u64,
    /// Workers killed.
    pub(super) kills: u32,
    /// Workers that ended by themselves and were started again.
    pub(super) gave_up: u32,
    /// Jobs whose effect never happened.
    pub(super) lost: u64,
    /// Times that a handler came to the end of a job that had been there before.
    pub(super) handled_again: u64,
    /// Effects that happened more than once.
    pub(super) doubled: u64,
    pub(super) seconds: f64,
}

/// Takes every system through the same.
pub(super) async fn measure(
    options: &Options,
    systems: &[System],
    engines: &Engines,
) -> anyhow::Result<Vec<Crash>> {
    let mut crashes = Vec::new();
    for system in systems
        .iter()
        .filter(|system| !system.is_reference && !system.only_drains)
    {
        let memories: &[Memory] = if system.has_record {
            &[Memory::Kept, Memory::Lost]
        } else {
            // Without a record everything that waits would be lost, as their makers say.
            &[Memory::Kept]
        };
        for memory in memories {
            report::note(format_args!(
                "crash: {}, memory of Valkey {memory:?}",
                system.name
            ));
            crashes.push(
                Run::new(options, system, engines, *memory)
                    .await?
                    .take()
                    .await?,
            );
        }
    }
    Ok(crashes)
}

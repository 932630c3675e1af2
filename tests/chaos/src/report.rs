//! How a run went.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::findings::Notes;

/// How a run went, as a table.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// How long it took, with setting up and settling.
    pub took: Duration,
    /// Everything that was counted: faults by kind, runs, answers, resumes.
    pub counts: BTreeMap<&'static str, u64>,
    /// What should not have been.
    pub findings: Vec<String>,
    /// The end of its course.
    pub tail: Vec<String>,
}

impl Report {
    pub(crate) fn new(seed: u64, took: Duration, notes: &Notes) -> Self {
        Self {
            seed,
            took,
            counts: notes.counts(),
            findings: notes.findings(),
            tail: notes.tail(),
        }
    }

    /// How often something was counted.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<32} {:>8}", "seed", self.seed)?;
        writeln!(f, "{:<32} {:>8}", "seconds", self.took.as_secs())?;
        for (what, count) in &self.counts {
            writeln!(f, "{what:<32} {count:>8}")?;
        }
        writeln!(f, "{:<32} {:>8}", "findings", self.findings.len())?;
        for finding in &self.findings {
            writeln!(f, "- {finding}")?;
        }
        Ok(())
    }
}

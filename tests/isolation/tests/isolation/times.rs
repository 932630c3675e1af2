//! How long it takes to be told that there is nothing, where there is something of somebody else's and where there is
//! nothing. Shown and not judged: a machine that does other things at the same time decides about more than we do.

use std::io::Write as _;
use std::time::Duration;

/// Pairs of times.
#[derive(Debug, Default)]
pub(crate) struct Times {
    theirs: Vec<Duration>,
    nothing: Vec<Duration>,
}

impl Times {
    pub(crate) fn add(&mut self, theirs: Duration, nothing: Duration) {
        self.theirs.push(theirs);
        self.nothing.push(nothing);
    }

    /// Says the medians of both.
    pub(crate) fn show(mut self) {
        let pairs = self.theirs.len();
        let (theirs, nothing) = (median(&mut self.theirs), median(&mut self.nothing));
        // Nobody is harmed if there is no place to say it.
        let _ = writeln!(
            std::io::stderr(),
            "not found: {theirs:?} for what is somebody else's, {nothing:?} for nothing (medians of {pairs})"
        );
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

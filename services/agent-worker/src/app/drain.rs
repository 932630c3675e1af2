//! Stopping a worker: runs in hand are finished within the grace, the rest go back for another worker.

use std::time::Duration;

use mosaic_agent::Stop;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::run::HeldRuns;

/// Share of the grace in which runs may finish; the rest is for giving them back.
const SHARE: f64 = 0.75;

/// What is needed to stop.
pub(super) struct Drain {
    pub(super) work: TaskTracker,
    pub(super) held: HeldRuns,
    /// Cancelled when no more jobs are taken.
    pub(super) taken: CancellationToken,
    /// Ends what runs need in the background.
    pub(super) background: CancellationToken,
    pub(super) soft: CancellationToken,
    pub(super) hard: CancellationToken,
    pub(super) grace: Duration,
}

impl Drain {
    /// Waits for the stop and sees it through.
    pub(super) async fn run(self) {
        self.soft.cancelled().await;
        self.taken.cancelled().await;
        self.work.close();
        let patience = self.grace.mul_f64(SHARE);
        tokio::select! {
            _ = tokio::time::timeout(patience, self.work.wait()) => {}
            () = self.hard.cancelled() => {}
        }
        if !self.held.is_empty() {
            tracing::info!(
                runs = self.held.len(),
                "giving unfinished runs to other workers"
            );
            self.held.stop_all(&Stop::Leave);
        }
        tokio::select! {
            () = self.work.wait() => {}
            () = self.hard.cancelled() => {}
        }
        self.background.cancel();
    }
}

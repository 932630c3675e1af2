//! Ctrl-C and SIGTERM, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::exit::Exit;
use crate::failure::Failure;

/// Signals that ask to stop.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    count: AtomicU32,
    changed: Notify,
}

impl Interrupts {
    /// From now on signals are counted and end nothing by themselves.
    pub(crate) fn listen(tracker: &TaskTracker) -> Result<Self, Failure> {
        let failed =
            |error| Failure::new(Exit::Failed, format!("cannot listen for signals: {error}"));
        let int = signal(SignalKind::interrupt()).map_err(failed)?;
        let term = signal(SignalKind::terminate()).map_err(failed)?;
        let shared = Arc::new(Shared::default());
        tracker.spawn(count(int, term, Arc::clone(&shared)));
        Ok(Self { shared })
    }

    /// How many came so far.
    pub(crate) fn count(&self) -> u32 {
        self.shared.count.load(Ordering::Acquire)
    }

    /// Waits until more than `seen` came.
    pub(crate) async fn more_than(&self, seen: u32) {
        loop {
            let changed = self.shared.changed.notified();
            if self.count() > seen {
                return;
            }
            changed.await;
        }
    }
}

async fn count(mut int: Signal, mut term: Signal, shared: Arc<Shared>) {
    loop {
        tokio::select! {
            Some(()) = int.recv() => {}
            Some(()) = term.recv() => {}
            else => return,
        }
        shared.count.fetch_add(1, Ordering::AcqRel);
        shared.changed.notify_waiters();
    }
}

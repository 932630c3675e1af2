//! The outbox relay: what a transaction wanted published gets published, whatever dies in between.
//!
//! A transaction writes its jobs and events into the outbox table. After the commit its process hands them to the
//! relay ([`RelayHandle::publish`]), which publishes them in batches and marks them published. That is the quick way.
//! The sure way is the scan: every second the relay asks the outbox for entries older than two seconds that nobody has
//! marked, and publishes them; those are what a crash between commit and marking has left, or what did not fit into the
//! relay's queue.
//!
//! **Keys.** Those of queues and event streams, and `<prefix>:{bus}:incarnation`, the name of the present life of
//! Valkey: its run id, which changes with every start, and a random part. A relay that finds no name, one of another
//! run id, or another one than it knew, concludes that Valkey may have forgotten anything: it has the outbox reopened
//! (every undone job and every recent event counts as unpublished again), publishes all of that, and only then names the
//! new life if nobody else has.
//!
//! **Two relays** may publish the same entry, and both may reopen after a restart. Consumers are idempotent on the
//! entry's id, so that costs a little work. Nothing is lost either if one relay marks, after another one has reopened,
//! what it had published to the old life: it too finds a name it did not know within a second and reopens again.
//!
//! **Crashes.** Before publishing: the scan finds the entry. Between publishing and marking: it is published again.
//! Between reopening and naming: the next relay does both again.

mod task;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::Bus;
use crate::health::{Health, Reporter};

/// Batches that may wait for the relay.
const WAITING: usize = 1024;

/// Whatever the outbox fails with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What transactions want published: the table of that name.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Entries committed at least `older_than` ago that are not marked published, oldest first.
    async fn unpublished(
        &self,
        older_than: Duration,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, BoxError>;

    /// Marks entries published; ids that are gone are fine.
    async fn mark_published(&self, ids: &[JobId]) -> Result<(), BoxError>;

    /// Marks every undone job and every recent event unpublished again, and says how many.
    async fn reopen(&self) -> Result<u64, BoxError>;
}

/// Publishes the outbox.
#[derive(Debug)]
pub struct Relay;

/// Hands entries to the relay.
#[derive(Debug, Clone)]
pub struct RelayHandle {
    bus: Bus,
    inbox: mpsc::Sender<Vec<OutboxEntry>>,
    health: watch::Receiver<Health>,
}

impl Relay {
    /// Starts the relay.
    pub fn start(
        bus: Bus,
        outbox: Arc<dyn Outbox>,
        tracker: &TaskTracker,
        shutdown: CancellationToken,
    ) -> RelayHandle {
        let (inbox, handed) = mpsc::channel(WAITING);
        let reporter = Reporter::new("outbox relay".to_owned());
        let handle = RelayHandle {
            bus: bus.clone(),
            inbox,
            health: reporter.watch(),
        };
        tracker.spawn(task::Task::new(bus, outbox, handed, reporter).run(shutdown));
        handle
    }
}

impl RelayHandle {
    /// Publishes what a transaction has just committed, soon. Never blocks: what does not fit is left to the scan.
    pub fn publish(&self, entries: Vec<OutboxEntry>) {
        if entries.is_empty() {
            return;
        }
        let count = entries.len();
        if self.inbox.try_send(entries).is_err() {
            self.bus.metrics().overflowed(count);
        }
    }

    /// Whether publishing works.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }
}

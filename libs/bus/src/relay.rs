//! The outbox relay: what a transaction wanted published gets published, whatever dies in between.
//!
//! A transaction writes its jobs and events into the outbox table. After the commit its process hands them to the
//! relay ([`RelayHandle::publish`]), which publishes them in batches and marks them published. That is the quick way.
//! The sure way is the scan: every second the relay asks the outbox for entries older than two seconds that nobody has
//! marked, and publishes them; those are what a crash between commit and marking has left, or what did not fit into the
//! relay's queue.
//!
//! **Keys.** Those of queues and event streams, and `<prefix>:{bus}:incarnation`, the name of the present life of
//! Valkey: its run id, which changes with every start, and a random part. A relay that finds no name, or one of another
//! run id, concludes that Valkey may have forgotten anything, and gives the new life a name. The outbox numbers the
//! names in the order in which it hears of them ([`Outbox::enter`]).
//!
//! **What is due.** A mark says to which life an entry was published, and whatever was published to an earlier life, or
//! to none, is due. So a new life makes every undone job and every recent event due at once, however many there are;
//! nothing has to be reopened, by anyone, and nothing has to be finished before the life may be named. Except for what is
//! among the dead letters: a Valkey that was restarted and kept its data has them still, so before its first scan of a life
//! a relay marks them as published to it. With a Valkey that came back empty the letters are gone and their jobs are due.
//!
//! **Set aside.** What an operator drained is on record as set aside ([`QueueRecord::set_aside`]). When that is due it is
//! published as the dead letter that it was, so that nobody does it and it can still be put back. Published twice, after a
//! crash, it is there twice; consumers absorb what comes of it.
//!
//! **Nothing is lost**, because a relay learns the number of a life before it publishes to it: should Valkey forget what
//! it is given after that, the next life is numbered later and higher than the mark, however late the mark arrives.
//!
//! **Absorbed jobs.** A job whose idempotency key another one has is not put on its queue, and its row is forgotten
//! rather than marked: else it would come to life with the next life of Valkey.
//!
//! **Pauses** of queues are on record too. A relay compares record and Valkey when it meets a life and every ten seconds, and makes
//! Valkey agree (`relay/pauses.rs`). Until that was done in a new life no job is published to it, and none to a queue whose
//! pause Valkey refuses. Between Valkey's loss and the look, a second at the most, a paused queue may hand out jobs that are
//! pushed to it anew.
//!
//! **Several relays** share what is due: each leases entries for a few seconds, jobs before events, and publishes them. A
//! relay that dies holding a lease leaves its entries to the others when the lease runs out. The same entry may still
//! be published twice, by the process that wrote it and by another's scan after a disturbance. Consumers are idempotent on
//! the entry's id, so that costs a little work.
//!
//! **Crashes.** Before publishing: a scan finds the entry. Between publishing and marking: it is published again.
//! Between naming a life and publishing what is due in it: the other relays, or the next, go on.

mod life;
mod pauses;
mod publish;
mod task;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::connection::Bus;
use crate::health::{Health, Reporter};
use crate::queue::Pause;

pub(crate) use self::life::Life;

/// Batches that may wait for the relay.
const WAITING: usize = 1024;

/// Whatever the outbox fails with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A job that is held; dropping it lets go of the job.
pub type Held = Box<dyn Send>;

/// What transactions want published: the table of that name.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The number of the life of Valkey with this name: the same for everybody who asks, and higher than that of every
    /// life entered before.
    async fn enter(&self, name: &str) -> Result<i64, BoxError>;

    /// Takes entries committed at least `older_than` ago that are not marked as published to this life or a later one:
    /// jobs first, then the oldest. Nobody else gets them for as long as `lease`.
    async fn lease(
        &self,
        life: i64,
        older_than: Duration,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, BoxError>;

    /// Marks entries as published to this life; ids that are gone are fine. Returns what somebody else holds at the moment
    /// and what is therefore still to be marked.
    async fn mark_published(&self, life: i64, ids: &[JobId]) -> Result<Vec<JobId>, BoxError>;

    /// Forgets jobs that were absorbed: another job has their idempotency key, and they will never be done.
    async fn forget(&self, ids: &[JobId]) -> Result<(), BoxError>;

    /// The queues that are paused.
    async fn pauses(&self) -> Result<Vec<Pause>, BoxError>;
}

/// Where a page of jobs of record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordCursor {
    /// When the last job of the page was queued.
    pub queued_at: DateTime<Utc>,
    /// Its id.
    pub id: JobId,
}

/// A job of record that an operator set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideJob {
    /// The job.
    pub job: Job,
    /// Why.
    pub reason: String,
}

/// What an operator changes in the outbox and beside it; see [`QueueOperator`](crate::QueueOperator).
#[async_trait]
pub trait QueueRecord: Outbox {
    /// Notes a pause, in place of an earlier one of the same queue.
    async fn pause(&self, pause: &Pause) -> Result<(), BoxError>;

    /// Forgets the pause of a queue and says which that was, if there was one.
    async fn resume(&self, queue: &str) -> Result<Option<Uuid>, BoxError>;

    /// The queues that have undone jobs.
    async fn queues(&self) -> Result<Vec<String>, BoxError>;

    /// Makes all wanted jobs of a queue due again, and keeps relays from them for as long as `lease`.
    async fn reopen(&self, queue: &str, lease: Duration) -> Result<u64, BoxError>;

    /// Wanted jobs of a queue after the cursor, in the order in which they were queued, and where the next page begins.
    async fn undone(
        &self,
        queue: &str,
        after: Option<RecordCursor>,
        limit: usize,
    ) -> Result<(Vec<Job>, Option<RecordCursor>), BoxError>;

    /// Those jobs of a queue that were set aside, after the cursor, in the order in which they were queued, and where the
    /// next page begins.
    async fn aside(
        &self,
        queue: &str,
        after: Option<RecordCursor>,
        limit: usize,
    ) -> Result<(Vec<AsideJob>, Option<RecordCursor>), BoxError>;

    /// Notes that jobs of this queue, as the record has them, were set aside and are among the dead letters of this life.
    /// From now on they are due as [`OutboxEntry::SetAside`], and [`undone`](Self::undone) leaves them out. Those that were
    /// set aside already keep their reason.
    async fn set_aside(
        &self,
        queue: &str,
        life: i64,
        ids: &[JobId],
        reason: &str,
    ) -> Result<(), BoxError>;

    /// Forgets a job that an operator threw away, if it is on record as one of its queue and workspace.
    async fn discard(&self, job: &Job) -> Result<(), BoxError>;

    /// Writes a job down as wanted and published to this life, whether it was there or not: an operator wants it done
    /// again, maybe with other data.
    async fn reinstate(&self, life: i64, job: &Job) -> Result<(), BoxError>;

    /// Waits until nobody else holds this job, and holds it: no other operator puts its dead letter back or throws it away
    /// until the answer is dropped.
    async fn hold(&self, id: JobId) -> Result<Held, BoxError>;
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

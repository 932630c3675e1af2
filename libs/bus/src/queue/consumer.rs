//! Taking jobs and saying what became of them.

use std::time::Duration;

use mosaic_proto::job::Job;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Lane, Settled, entry};
use crate::connection::Bus;
use crate::error::Result;
use crate::group::{Group, GroupOptions, Receipt, Source, Taken, Verdict};
use crate::health::Health;

/// How a consumer takes jobs.
#[derive(Debug, Clone)]
pub struct ConsumerOptions {
    /// Which queue.
    pub queue: String,
    /// The consumer group: the service's name.
    pub group: String,
    /// The consumer: the replica's id. No two live consumers may share it.
    pub consumer: String,
    /// After this time without a sign of life an entry counts as abandoned. Signs of life are given in the
    /// background as long as the [`Delivery`] exists, so this bounds how soon a crash is noticed, not the work.
    pub visibility: Duration,
    /// After this many attempts a job is given up on.
    pub max_attempts: u32,
    /// The longest that a job may take, where that is known; the start warns if [`visibility`](Self::visibility) is
    /// shorter, because then a replica that stalls (a blocked runtime, a suspended machine) loses work it still does.
    pub longest_work: Option<Duration>,
    /// After this time without a sign of life the name of a consumer that holds nothing is forgotten.
    pub vanished: Duration,
}

/// An entry counts as abandoned sooner than its work can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the visibility of {visibility:?} is shorter than the longest work, {longest:?}: a replica that stalls for longer than that loses jobs it still works on, and they are done twice; raise the visibility above {longest:?}"
)]
pub struct VisibilityTooShort {
    /// What is set.
    pub visibility: Duration,
    /// What the work may take.
    pub longest: Duration,
}

impl ConsumerOptions {
    /// Usual times: 30 s visibility, 5 attempts, names forgotten after an hour.
    #[must_use]
    pub fn new(queue: &str, group: &str, consumer: impl ToString) -> Self {
        Self {
            queue: queue.to_owned(),
            group: group.to_owned(),
            consumer: consumer.to_string(),
            visibility: Duration::from_secs(30),
            max_attempts: 5,
            longest_work: None,
            vanished: Duration::from_hours(1),
        }
    }

    /// Whether the visibility is long enough for the work, as far as that is known.
    pub fn check(&self) -> Result<(), VisibilityTooShort> {
        match self.longest_work {
            Some(longest) if self.visibility < longest => Err(VisibilityTooShort {
                visibility: self.visibility,
                longest,
            }),
            _ => Ok(()),
        }
    }
}

/// Takes jobs of a queue. Dropping it gives back what was taken and not handed out; deliveries live on.
#[derive(Debug)]
pub struct Consumer {
    group: Group,
    queue: String,
    max_attempts: u32,
}

impl Consumer {
    /// Starts taking jobs. That Valkey cannot be reached shows in [`Consumer::health`] and heals by itself.
    #[must_use]
    pub fn open(
        bus: &Bus,
        options: ConsumerOptions,
        tracker: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Self {
        if let Err(error) = options.check() {
            tracing::warn!(queue = %options.queue, group = %options.group, "{error}");
        }
        let ConsumerOptions {
            queue,
            group,
            consumer,
            visibility,
            max_attempts,
            vanished,
            longest_work: _,
        } = options;
        let keys = bus.keys();
        let source = |lane: Lane| Source {
            stream: keys.lane(&queue, lane),
            dead: keys.dead(&queue),
            weight: lane.weight(),
            lane: lane.name(),
        };
        let options = GroupOptions {
            target: queue.clone(),
            sources: Lane::ALL.map(source).into(),
            group,
            consumer,
            visibility,
            max_attempts,
            delete: true,
            queue: Some(keys.of_queue(&queue)),
            vanished,
            registry: (keys.queues(), vec![queue.clone()]),
        };
        Self {
            group: Group::open(bus, options, tracker, shutdown),
            queue,
            max_attempts,
        }
    }

    /// Waits for up to `max` jobs, at least one. Nothing is lost if the future is dropped. Fails with
    /// [`Error::Closed`](crate::Error::Closed) once shutdown has begun, and for no other reason.
    pub async fn next(&mut self, max: usize) -> Result<Vec<Delivery>> {
        loop {
            let taken = self.group.next(max).await?;
            let deliveries: Vec<_> = taken
                .into_iter()
                .filter_map(|taken| self.delivery(taken))
                .collect();
            if !deliveries.is_empty() {
                return Ok(deliveries);
            }
        }
    }

    /// After how many attempts a job of this consumer is given up on.
    #[must_use]
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Whether jobs can be taken.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.group.health()
    }

    /// An entry that is no job can never be done; it becomes a dead letter for an operator to look at.
    fn delivery(&self, mut taken: Taken) -> Option<Delivery> {
        match entry::job(&self.queue, &mut taken.fields) {
            Ok(job) => Some(Delivery {
                job,
                attempt: taken.attempt,
                receipt: taken.receipt,
            }),
            Err(reason) => {
                tracing::warn!(queue = %self.queue, %reason, "an entry that is no job is a dead letter now");
                let reason = format!("it is no job: {reason}");
                taken.receipt.pronounce(Verdict::Bury { reason });
                None
            }
        }
    }
}

/// A job to be worked on. Dropped without a verdict it is delivered again once its visibility has run out.
#[derive(Debug)]
pub struct Delivery {
    /// The job.
    pub job: Job,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    pub(super) receipt: Receipt,
}

impl Delivery {
    /// The job is done. Waits through faults of the connection; acknowledgements that come together travel together.
    pub async fn ack(self) -> Result<Settled> {
        self.receipt.settle(Verdict::Ack).await
    }

    /// Like [`Delivery::ack`], without waiting for it.
    pub fn done(self) {
        self.receipt.pronounce(Verdict::Ack);
    }

    /// All of these are done. One message to Valkey for all, and one wait.
    pub async fn ack_all(deliveries: Vec<Self>) -> Result<()> {
        let receipts = deliveries.into_iter().map(|delivery| delivery.receipt);
        Receipt::settle_all(receipts.collect(), &Verdict::Ack).await
    }

    /// Another attempt after this time, unless this was the last one.
    pub async fn retry(self, after: Duration) -> Result<Settled> {
        self.retry_because(after, "the last attempt failed").await
    }

    /// Another attempt after this time; `reason` is what the dead letter says if this was the last one.
    pub async fn retry_because(self, after: Duration, reason: &str) -> Result<Settled> {
        let reason = reason.to_owned();
        self.receipt.settle(Verdict::Retry { after, reason }).await
    }

    /// The job cannot be done, now or later.
    pub async fn fail(self, reason: &str) -> Result<Settled> {
        let reason = reason.to_owned();
        self.receipt.settle(Verdict::Bury { reason }).await
    }

    /// The job was not worked on: somebody else may have it at once, and this attempt does not count.
    pub async fn release(self) -> Result<Settled> {
        self.receipt.settle(Verdict::Release).await
    }

    /// Starts the visibility anew, as happens in the background too. `false` if the entry is no longer ours.
    pub async fn extend(&self) -> Result<bool> {
        self.receipt.extend().await
    }

    /// Cancelled when another consumer has claimed the entry because this one was silent for too long.
    #[must_use]
    pub fn lost(&self) -> CancellationToken {
        self.receipt.lost().clone()
    }
}

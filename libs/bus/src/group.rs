//! Taking entries from streams as a member of a consumer group; task queues and event consumers share it.
//!
//! **Three tasks per consumer.** The *reader* takes entries, but only as many as somebody waits for: a busy replica
//! leaves the rest to others. The *settler* carries out verdicts in the order they came, acknowledgements in groups. The
//! *keeper* tells Valkey that what is held is still being worked on, moves due jobs and clears away vanished consumers.
//!
//! **Taking.** One script takes exactly what is wanted, from the streams in weighted order. Only if there is nothing
//! does the reader block, on a connection of its own, in one `XREADGROUP` over all streams; what that brings beyond the
//! demand goes back to the queue at once.
//!
//! While a queue is so full that one stream fills every round, plain commands do the same in one round trip and cost
//! Valkey half as much.
//!
//! **Two consumers.** The group hands every entry to one of them. An entry whose holder has not been heard of for the
//! visibility time goes to whoever claims it first, and counts as one more attempt. The former holder may still
//! acknowledge it, because the work is done then; it can no longer put it back, bury it or prolong it.
//!
//! **Crashes.** A consumer that dies holds its entries until the visibility time is over. An answer lost on the way
//! from Valkey is the same case: the entry is held by a consumer that does not know. Every verdict is one transaction or
//! script, so it happened or it did not, and repeating it changes nothing. If Valkey lost its memory, groups are made
//! again from the beginning of the streams, verdicts on vanished entries do nothing, and the outbox fills the queue.

mod blocking;
mod commands;
mod fields;
mod held;
mod keeper;
mod reader;
mod settle;
mod verdict;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub(crate) use self::fields::Fields;
pub(crate) use self::held::Receipt;
pub use self::verdict::Settled;
pub(crate) use self::verdict::Verdict;

use self::held::{Handle, Held};
use crate::connection::Bus;
use crate::error::{Error, Result};
use crate::health::{Health, Reporter};
use crate::keys::QueueKeys;
use crate::metrics::Label;

/// For so long after its arrival an entry is handed out without another look whether its queue was paused.
const FRESH: Duration = Duration::from_millis(25);
/// What Valkey handed out just before a pause has reached its consumer after this time, or is looked at again.
pub(crate) const ARRIVES_WITHIN: Duration = Duration::from_millis(50);

/// One stream that a group reads.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) stream: String,
    pub(crate) dead: String,
    /// How often this stream comes first, of the sum of all.
    pub(crate) weight: u32,
    /// What delayed entries call it.
    pub(crate) lane: &'static str,
}

/// Everything that distinguishes one consumer from another.
#[derive(Debug, Clone)]
pub(crate) struct GroupOptions {
    /// For metrics and log lines.
    pub(crate) target: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) group: String,
    pub(crate) consumer: String,
    pub(crate) visibility: Duration,
    pub(crate) max_attempts: u32,
    /// Queues own their entries and delete them; event streams are shared.
    pub(crate) delete: bool,
    /// All keys of the queue, if it is one.
    pub(crate) queue: Option<QueueKeys>,
    /// After this time without a sign of life the name of a consumer that holds nothing is forgotten.
    pub(crate) vanished: Duration,
    /// The set in which the names of what is read are kept.
    pub(crate) registry: (String, Vec<String>),
}

/// An entry that was taken.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) fields: Fields,
    pub(crate) attempt: u32,
    pub(crate) receipt: Receipt,
}

/// Entries that were taken together, and when they arrived here.
#[derive(Debug)]
struct Batch {
    at: Instant,
    entries: Vec<Taken>,
}

/// What the tasks share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) bus: Bus,
    pub(crate) options: GroupOptions,
    pub(crate) label: Label,
    pub(crate) held: Held,
    pub(crate) health: Reporter,
    /// How many entries somebody waits for.
    demand: AtomicUsize,
    wanted: Notify,
    /// Nothing more is to be taken.
    closing: CancellationToken,
    /// The last verdict has been carried out.
    finished: CancellationToken,
}

/// The consumer's end of the three tasks.
#[derive(Debug)]
pub(crate) struct Group {
    shared: Arc<Shared>,
    ready: mpsc::Receiver<Batch>,
    buffer: VecDeque<Taken>,
    /// When what is in the buffer arrived.
    arrived: Instant,
    _close: DropGuard,
}

impl Group {
    pub(crate) fn open(
        bus: &Bus,
        options: GroupOptions,
        tracker: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Self {
        let closing = shutdown.child_token();
        let component = format!("consumer of {}", options.target);
        let shared = Arc::new(Shared {
            bus: bus.clone(),
            label: Label::new(&options.target),
            options,
            held: Held::default(),
            health: Reporter::new(component),
            demand: AtomicUsize::new(0),
            wanted: Notify::new(),
            closing: closing.clone(),
            finished: CancellationToken::new(),
        });
        let (verdicts, pronounced) = mpsc::unbounded_channel();
        let handle = Arc::new(Handle {
            shared: Arc::clone(&shared),
            verdicts,
        });
        let (ready, taken) = mpsc::channel(1);
        tracker.spawn(reader::Reader::new(handle, ready).run());
        tracker.spawn(settle::run(Arc::clone(&shared), pronounced));
        tracker.spawn(keeper::run(Arc::clone(&shared)));
        Self {
            shared,
            ready: taken,
            buffer: VecDeque::new(),
            arrived: Instant::now(),
            _close: closing.drop_guard(),
        }
    }

    pub(crate) fn health(&self) -> watch::Receiver<Health> {
        self.shared.health.watch()
    }

    /// Waits for up to `max` entries, at least one. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&mut self, max: usize) -> Result<Vec<Taken>> {
        let max = max.max(1);
        loop {
            if let Ok(batch) = self.ready.try_recv() {
                self.keep(batch);
            }
            if self.buffer.is_empty() {
                let demand = Demand::raise(&self.shared, max);
                let batch = self.ready.recv().await.ok_or(Error::Closed)?;
                drop(demand);
                self.keep(batch);
            }
            if self.arrived.elapsed() < FRESH || !self.has_gone_stale().await {
                let count = max.min(self.buffer.len());
                return Ok(self.buffer.drain(..count).collect());
            }
        }
    }

    fn keep(&mut self, batch: Batch) {
        if self.buffer.is_empty() {
            self.arrived = batch.at;
        }
        self.buffer.extend(batch.entries);
    }

    /// What arrived a while ago must not be handed out if the queue was paused meanwhile; it goes back then.
    async fn has_gone_stale(&mut self) -> bool {
        // Who cannot ask hands out: no job must wait for an answer that does not come.
        if !self.shared.is_paused().await.unwrap_or(false) {
            self.arrived = Instant::now();
            return false;
        }
        self.give_back();
        true
    }

    fn give_back(&mut self) {
        for taken in self.buffer.drain(..) {
            taken.receipt.pronounce(Verdict::Release);
        }
    }
}

impl Drop for Group {
    /// What was taken and not handed out goes back at once.
    fn drop(&mut self) {
        self.ready.close();
        while let Ok(batch) = self.ready.try_recv() {
            self.buffer.extend(batch.entries);
        }
        self.give_back();
    }
}

/// Lowers the demand again when the caller stops waiting.
struct Demand<'a>(&'a Shared);

impl<'a> Demand<'a> {
    fn raise(shared: &'a Shared, count: usize) -> Self {
        shared.demand.store(count, Ordering::Release);
        shared.wanted.notify_one();
        Self(shared)
    }
}

impl Drop for Demand<'_> {
    fn drop(&mut self) {
        self.0.demand.store(0, Ordering::Release);
    }
}

impl Shared {
    /// Waits until somebody waits for entries; `None` when closing.
    async fn wait_for_demand(&self) -> Option<usize> {
        loop {
            if self.closing.is_cancelled() {
                return None;
            }
            match self.demand.load(Ordering::Acquire) {
                0 => tokio::select! {
                    () = self.wanted.notified() => {}
                    () = self.closing.cancelled() => return None,
                },
                count => return Some(count),
            }
        }
    }

    fn still_wanted(&self) -> usize {
        self.demand.load(Ordering::Acquire)
    }
}

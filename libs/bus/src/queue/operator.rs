//! What operators do with queues, on record and in Valkey.
//!
//! Everything is written to the record first and to Valkey second, so a crash in between leaves something that the relay
//! carries out (a pause) or that can simply be repeated. One operator at a time is at a dead letter ([`HeldLetter`]).
//!
//! **Draining** alone goes the other way round, because only Valkey knows what waits: some hundreds of jobs become dead
//! letters, and then the record notes that they were set aside. From there on every life of Valkey gets them as dead letters,
//! and putting one back takes the note away first. Jobs that were moved by a drain that failed or died before the note, or whose
//! answer was lost on the way, are dead letters that the record does not know: should Valkey be lost, they are done. So at its
//! end every drain looks through all dead letters and notes what is missing: repeating the command mends it.
//!
//! **Rebuilding** a queue while Valkey lives: all undone jobs of the queue become due again in the outbox, leased to the
//! rebuilder; what waits in Valkey is removed; then the record is read page by page and pushed, except for what is in work
//! or dead. Pushing it here, instead of leaving it to the relays, makes harmless what a relay notes late about an entry that
//! was just removed. From before the first removal until after the last page nobody new comes in front of an ordering key, so
//! that each key is worked on in the order of the record whatever others push meanwhile. A crash before the end leaves the
//! rest due, and the relays publish it when the lease is over; a job that is in work or dead may then be queued a second time,
//! which consumers absorb. At the end what is on record as set aside and has lost its dead letter gets another one: the letter
//! alone puts it back.

mod aside;
mod letter;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mosaic_domain::JobId;
use mosaic_proto::job::Job;
use tokio::sync::Mutex;
use tokio::time::sleep;

pub use letter::HeldLetter;

use super::{DeadJob, Pause, Queue};
use crate::connection::Bus;
use crate::error::{Error, Result};
use crate::relay::{BoxError, Life, QueueRecord};

/// How long relays leave alone what is being rebuilt, and ordering keys wait for a page of it.
const LEASE: Duration = Duration::from_mins(1);
/// Jobs read and pushed at once.
const PAGE: usize = 500;
/// How often a page is marked as published: what somebody holds at the moment is free a little later.
const MARKS: u32 = 20;
/// The time between two of them.
const BETWEEN_MARKS: Duration = Duration::from_millis(50);

/// What a rebuild did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries that nobody had taken, removed.
    pub removed: u64,
    /// Jobs of record pushed.
    pub pushed: u64,
    /// Wanted jobs of record that are in work or were given up on, and were left there.
    pub left: u64,
}

/// Commands queues. Cheap to clone.
#[derive(Clone)]
pub struct QueueOperator {
    bus: Bus,
    record: Arc<dyn QueueRecord>,
    /// Whose turn it is to hold a dead letter.
    turn: Arc<Mutex<()>>,
}

impl std::fmt::Debug for QueueOperator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueOperator").finish_non_exhaustive()
    }
}

impl QueueOperator {
    /// On this bus and this record.
    #[must_use]
    pub fn new(bus: Bus, record: Arc<dyn QueueRecord>) -> Self {
        Self {
            bus,
            record,
            turn: Arc::default(),
        }
    }

    /// The queue of this name.
    #[must_use]
    pub fn queue(&self, name: &str) -> Queue {
        self.bus.queue(name)
    }

    /// The names of all queues, in use or with undone jobs on record.
    pub async fn queues(&self) -> Result<Vec<String>> {
        let mut names: BTreeSet<String> = self.bus.queues().await?.into_iter().collect();
        names.extend(self.record.queues().await.map_err(record("list queues"))?);
        Ok(names.into_iter().collect())
    }

    /// Pauses a queue for good and says how many of its jobs are in work. Once this has returned no consumer hands out
    /// another job of it.
    pub async fn pause(&self, pause: &Pause) -> Result<u64> {
        self.record
            .pause(pause)
            .await
            .map_err(record("note a pause"))?;
        self.queue(&pause.queue).pause(pause).await
    }

    /// Ends the pause of a queue. `false` if it was not paused.
    pub async fn resume(&self, queue: &str) -> Result<bool> {
        let target = self.queue(queue);
        // Seen before the record is asked: it is the one on record, or is over there. A later one is not ended.
        let present = target.paused().await?.map(|pause| pause.id);
        let noted = self.record.resume(queue).await;
        let noted = noted.map_err(record("note the end of a pause"))?;
        let mut ended = noted.is_some();
        for id in present
            .into_iter()
            .chain(noted.filter(|id| present != Some(*id)))
        {
            ended |= target.end_pause(&id.to_string()).await?;
        }
        Ok(ended)
    }

    /// Puts a dead letter back as if it had never been tried, with other data if given, and has it on record as undone.
    /// Answers the job; `None` if there is no such entry, or none that can be read.
    pub async fn retry_dead(
        &self,
        queue: &str,
        entry_id: &str,
        data: Option<&str>,
    ) -> Result<Option<Job>> {
        let Some(letter) = self.hold_dead(queue, entry_id).await? else {
            return Ok(None);
        };
        letter.retry(self.life().await?, data).await
    }

    /// Puts the newest `limit` dead letters back, in the order in which they died, and says how many.
    pub async fn retry_all_dead(&self, queue: &str, limit: usize) -> Result<usize> {
        let target = self.queue(queue);
        let (mut chosen, mut before) = (Vec::new(), None);
        while chosen.len() < limit {
            let count = PAGE.min(limit - chosen.len());
            let page = target.dead_page(before.as_deref(), count).await?;
            let readable = page.items.into_iter().filter(|dead| dead.job.is_some());
            chosen.extend(readable.map(|dead| dead.entry_id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        chosen.reverse();
        self.retry_dead_entries(queue, &chosen).await
    }

    /// Puts these dead letters back, in this order, and says how many of them were still there.
    pub async fn retry_dead_entries(&self, queue: &str, entries: &[String]) -> Result<usize> {
        let (life, mut done) = (self.life().await?, 0);
        for entry_id in entries {
            let Some(letter) = self.hold_dead(queue, entry_id).await? else {
                continue;
            };
            done += usize::from(letter.retry(life, None).await?.is_some());
        }
        Ok(done)
    }

    /// Removes a dead letter for good, on record too, unless its job has another one or waits: letters may be doubled. Answers
    /// it; `None` if there is none.
    pub async fn discard_dead(&self, queue: &str, entry_id: &str) -> Result<Option<DeadJob>> {
        let only = self.is_only(queue, entry_id).await?;
        match self.hold_dead(queue, entry_id).await? {
            Some(letter) => letter.discard(only).await,
            None => Ok(None),
        }
    }

    /// Moves everything that waits to the dead letters, notes on record that it was set aside, and says how many; see
    /// [`Queue::drain`]. What an earlier drain has moved and not noted is noted too, also when nothing waits.
    pub async fn drain(&self, queue: &str, reason: &str) -> Result<u64> {
        let (queue, life) = (self.queue(queue), self.life().await?);
        let (there, mut moved) = (queue.untaken().await?, 0);
        while moved < there {
            let some = queue.drain_some(reason).await?;
            if some.is_empty() {
                break;
            }
            moved += some.len() as u64;
            let ids: Vec<JobId> = some.iter().filter_map(|id| id.parse().ok()).collect();
            let noted = self
                .record
                .set_aside(queue.name(), life, &ids, reason)
                .await;
            noted.map_err(record("note that jobs were set aside"))?;
        }
        self.note_drained(&queue).await?;
        Ok(moved)
    }

    /// Fills a queue anew from the record. Jobs that are not on record and that nobody has taken are lost; the product puts
    /// every job on record.
    pub async fn rebuild(&self, queue: &str) -> Result<Rebuilt> {
        let life = self.life().await?;
        let reopened = self.record.reopen(queue, LEASE).await;
        reopened.map_err(record("make jobs due again"))?;
        let target = self.queue(queue);
        target.filling(LEASE).await?;
        let mut rebuilt = Rebuilt {
            removed: target.clear().await?,
            ..Rebuilt::default()
        };
        // Said again after everything that may take long: else consumers end it, and let younger jobs in.
        target.filling(LEASE).await?;
        let known = target.known().await?;
        target.filling(LEASE).await?;
        let mut after = None;
        loop {
            let page = self.record.undone(queue, after, PAGE).await;
            let (jobs, next) = page.map_err(record("list undone jobs"))?;
            let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
            let missing = jobs.into_iter().filter(|job| !known.contains(&job.id));
            let missing: Vec<Job> = missing.collect();
            let absorbed = target.push(&missing).await?.absorbed;
            rebuilt.pushed += (missing.len() - absorbed.len()) as u64;
            rebuilt.left += (ids.len() - missing.len()) as u64;
            self.note(life, &ids, &absorbed).await?;
            after = next;
            if after.is_none() {
                break;
            }
            target.filling(LEASE).await?;
        }
        target.filled().await?;
        self.lay_aside(&target, life).await?;
        Ok(rebuilt)
    }

    /// Notes what became of a page of jobs.
    async fn note(&self, life: i64, ids: &[JobId], absorbed: &[JobId]) -> Result<()> {
        let mut left = ids.to_vec();
        for _ in 0..MARKS {
            let held = self.record.mark_published(life, &left).await;
            left = held.map_err(record("mark jobs as published"))?;
            if left.is_empty() {
                break;
            }
            sleep(BETWEEN_MARKS).await;
        }
        if !absorbed.is_empty() {
            let forgotten = self.record.forget(absorbed).await;
            forgotten.map_err(record("forget absorbed jobs"))?;
        }
        Ok(())
    }

    /// Fills all queues anew from the record.
    pub async fn rebuild_all(&self) -> Result<Vec<(String, Rebuilt)>> {
        let mut all = Vec::new();
        for name in self.queues().await? {
            let rebuilt = self.rebuild(&name).await?;
            all.push((name, rebuilt));
        }
        Ok(all)
    }

    /// The number of Valkey's present life.
    async fn life(&self) -> Result<i64> {
        let life = Life::present(&self.bus, &*self.record, None).await;
        Ok(life.map_err(record("number the life of Valkey"))?.number)
    }
}

fn record(action: &'static str) -> impl Fn(BoxError) -> Error {
    move |error| Error::Record {
        action,
        reason: error.to_string(),
    }
}

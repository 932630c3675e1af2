//! The reader: takes entries for whoever waits for them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::blocking::{BLOCK, Blocking, taking};
use super::commands::{self, Claimed, Raw};
use super::held::{EntryId, Handle, Receipt};
use super::{Batch, Taken};
use crate::backoff::Backoff;
use crate::clock;
use crate::error::{Error, Result};

/// How often silent consumers are looked for, at the least.
const CLAIM: Duration = Duration::from_secs(5);
/// Calls per stream in one search for silent consumers; the next search goes on where this one stopped.
const SCAN_CALLS: usize = 50;

pub(super) struct Reader {
    handle: Arc<Handle>,
    ready: mpsc::Sender<Batch>,
    connection: Option<Blocking>,
    rounds: u64,
    /// The stream that alone filled the last round, so that more is likely to be there.
    flowing: Option<usize>,
    /// Whether the last read emptied every stream, so that there is no sense in another look before blocking.
    quiet: bool,
    claim_at: Instant,
    /// Where claiming goes on, per stream.
    claim_from: Vec<String>,
}

impl Reader {
    pub(super) fn new(handle: Arc<Handle>, ready: mpsc::Sender<Batch>) -> Self {
        let streams = handle.shared.options.sources.len();
        Self {
            handle,
            ready,
            connection: None,
            rounds: 0,
            flowing: None,
            quiet: false,
            claim_at: Instant::now(),
            claim_from: vec!["0-0".to_owned(); streams],
        }
    }

    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.handle.shared);
        let mut backoff = Backoff::CONNECTION;
        self.prepare().await;
        while let Some(wanted) = shared.wait_for_demand().await {
            let answer = self.round(wanted).await;
            match answer {
                Ok(entries) => {
                    shared.health.healthy();
                    backoff.reset();
                    self.hand_over(entries).await;
                }
                Err(error) => {
                    if !self.mend(&error).await {
                        shared.health.failing(&error);
                        tokio::select! {
                            () = sleep(backoff.wait()) => {}
                            () = shared.closing.cancelled() => {}
                        }
                    }
                }
            }
        }
    }

    /// Connects before anybody waits, so that health is known and the first entry is taken without delay.
    async fn prepare(&mut self) {
        let shared = Arc::clone(&self.handle.shared);
        let mut backoff = Backoff::CONNECTION;
        while !shared.closing.is_cancelled() {
            let answer = match shared.ensure_groups().await {
                Ok(()) => self.connection().await.map(|_| ()),
                Err(error) => Err(error),
            };
            match answer {
                Ok(()) => return shared.health.healthy(),
                Err(error) => shared.health.failing(&error),
            }
            tokio::select! {
                () = sleep(backoff.wait()) => {}
                () = shared.closing.cancelled() => {}
            }
        }
    }

    /// One attempt to take entries; comes back empty after a while without any.
    async fn round(&mut self, wanted: usize) -> Result<Vec<Raw>> {
        let shared = Arc::clone(&self.handle.shared);
        self.rounds = self.rounds.wrapping_add(1);
        if Instant::now() >= self.claim_at {
            let claimed = self.claim(wanted).await?;
            if !claimed.is_empty() {
                return Ok(claimed);
            }
            self.claim_at = Instant::now() + CLAIM.min(shared.options.visibility / 2);
        }
        if !self.quiet {
            let taken = self.take(wanted).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
        self.block(wanted).await
    }

    /// Takes up to `wanted` entries that are there. While one stream fills every round, it is read with a plain command
    /// and the others with another for a few entries each, so that what comes there waits no longer than a round.
    async fn take(&mut self, wanted: usize) -> Result<Vec<Raw>> {
        const SHARE: usize = 16;
        let shared = Arc::clone(&self.handle.shared);
        let options = &shared.options;
        let streams = options.sources.len();
        let flowing = self.flowing.take().filter(|_| wanted >= SHARE);
        let order = options.order(self.rounds);
        let connection = &mut self.connection().await?.connection;
        let Some(main) = flowing.filter(|_| streams * 2 <= SHARE) else {
            let taken = commands::take(connection, options, &order, wanted).await;
            let taken = taken.map_err(taking)?;
            self.flowing = only_source(&taken).filter(|_| taken.len() == wanted);
            return Ok(taken);
        };
        let few = wanted / SHARE;
        let counts: Vec<_> = (0..streams)
            .map(|source| {
                let rest = wanted - few * (streams - 1);
                (source, if source == main { rest } else { few })
            })
            .collect();
        let taken = commands::take_each(connection, options, &counts).await;
        let taken = taken.map_err(taking)?;
        let full = taken.len() == wanted - few * (streams - 1);
        self.flowing = only_source(&taken).filter(|source| full && *source == main);
        Ok(taken)
    }

    async fn block(&mut self, wanted: usize) -> Result<Vec<Raw>> {
        let shared = Arc::clone(&self.handle.shared);
        let until_claim = self.claim_at.saturating_duration_since(Instant::now());
        // The count holds per stream, and nothing was there a moment ago: rarely do two streams fill at once.
        let streams = shared.options.sources.len();
        let count = (wanted / streams).max(1);
        let connection = self.connection().await?;
        let taken = connection
            .wait(&shared, count, BLOCK.min(until_claim))
            .await?;
        let emptied = |source| taken.iter().filter(|raw| raw.source == source).count() < count;
        self.quiet = (0..streams).all(emptied);
        Ok(taken)
    }

    /// Takes over what silent consumers hold, up to `wanted`.
    async fn claim(&mut self, wanted: usize) -> Result<Vec<Raw>> {
        let shared = Arc::clone(&self.handle.shared);
        let target = &shared.options.target;
        let mut claimed = Vec::new();
        for source in 0..shared.options.sources.len() {
            // One call looks at ten times as many entries as are wanted; what is held by the living is skipped.
            for _ in 0..SCAN_CALLS {
                let found = match self.claim_some(source, wanted - claimed.len()).await {
                    Ok(found) => found,
                    Err(error) if claimed.is_empty() => return Err(error),
                    // What was claimed before is ours; the next round meets the fault again.
                    Err(_) => return Ok(claimed),
                };
                let scanned = found.go_on == "0-0";
                self.claim_from[source] = found.go_on;
                if found.buried > 0 {
                    tracing::warn!(target_name = %target, count = found.buried, "entries that no consumer finished are dead letters now");
                }
                shared.bus.metrics().dead(&shared.label, found.buried);
                shared
                    .bus
                    .metrics()
                    .claimed(&shared.label, found.entries.len());
                claimed.extend(found.entries);
                if claimed.len() >= wanted {
                    return Ok(claimed);
                }
                if scanned {
                    break;
                }
            }
        }
        Ok(claimed)
    }

    async fn claim_some(&mut self, source: usize, count: usize) -> Result<Claimed> {
        let shared = Arc::clone(&self.handle.shared);
        let from = self.claim_from[source].clone();
        let connection = &mut self.connection().await?.connection;
        commands::claim(connection, &shared.options, source, &from, count)
            .await
            .map_err(taking)
    }

    /// Hands entries to the waiting caller. What nobody waits for any more goes back where others can take it.
    async fn hand_over(&mut self, entries: Vec<Raw>) {
        let shared = &self.handle.shared;
        let wanted = if self.ready.is_closed() {
            0
        } else {
            shared.still_wanted()
        };
        let mut batch = Vec::with_capacity(entries.len());
        let mut surplus: Vec<Receipt> = Vec::new();
        let now = clock::now();
        let of_queue = shared.options.queue.is_some();
        let is_ordered = |raw: &Raw| of_queue && raw.fields.get("key").is_some();
        let ids = entries.iter().map(|raw| {
            let (source, id) = (raw.source, raw.id);
            (EntryId { source, id }, is_ordered(raw))
        });
        // `None` if this consumer works on the entry already: it was so slow that it claimed from itself.
        let held = shared.held.add(ids);
        for (raw, lost) in entries.into_iter().zip(held) {
            let Some(lost) = lost else { continue };
            let (source, id) = (raw.source, raw.id);
            let ordered = is_ordered(&raw);
            let receipt = Receipt::new(&self.handle, EntryId { source, id }, lost, ordered);
            if batch.len() >= wanted && (shared.options.delete || wanted == 0) {
                surplus.push(receipt);
                continue;
            }
            if raw.attempt == 1 {
                let waited = now.saturating_sub(Duration::from_millis(id.millis));
                shared.bus.metrics().picked_up(&shared.label, waited);
            }
            batch.push(Taken {
                fields: raw.fields,
                attempt: raw.attempt,
                receipt,
            });
        }
        for receipt in surplus {
            receipt.pronounce(super::Verdict::Release);
        }
        if batch.is_empty() {
            return;
        }
        // Lowered here, not by the caller: the next round may begin before the caller has woken up.
        shared.demand.store(0, Ordering::Release);
        let batch = Batch {
            at: Instant::now(),
            entries: batch,
        };
        if let Err(mpsc::error::SendError(batch)) = self.ready.send(batch).await {
            for taken in batch.entries {
                taken.receipt.pronounce(super::Verdict::Release);
            }
        }
    }

    /// Deals with a fault; `true` if the next attempt may follow at once.
    async fn mend(&mut self, error: &Error) -> bool {
        if error.is_missing_group() {
            tracing::info!(target_name = %self.handle.shared.options.target, "the consumer group is gone; making it again");
            return self.handle.shared.ensure_groups().await.is_ok();
        }
        self.connection = None;
        self.quiet = false;
        false
    }

    async fn connection(&mut self) -> Result<&mut Blocking> {
        if self.connection.is_none() {
            self.connection = Some(Blocking::connect(&self.handle.shared.bus).await?);
        }
        self.connection.as_mut().ok_or(Error::Closed)
    }
}

/// The stream that all of these came from.
fn only_source(taken: &[Raw]) -> Option<usize> {
    let source = taken.first()?.source;
    taken
        .iter()
        .all(|raw| raw.source == source)
        .then_some(source)
}

impl super::GroupOptions {
    /// Which stream comes first in a round, by weight; the others follow in their order.
    fn order(&self, round: u64) -> Vec<usize> {
        let total: u64 = self.sources.iter().map(|s| u64::from(s.weight)).sum();
        let mut at = round % total.max(1);
        let mut first = 0;
        for (index, source) in self.sources.iter().enumerate() {
            let weight = u64::from(source.weight);
            if at < weight {
                first = index;
                break;
            }
            at -= weight;
        }
        let mut order = vec![first];
        order.extend((0..self.sources.len()).filter(|index| *index != first));
        order
    }
}

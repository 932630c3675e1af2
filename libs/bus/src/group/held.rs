//! The entries that this consumer holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::fields::StreamId;
use super::settle::{Pronounced, Which};
use super::verdict::{Settled, Verdict};
use crate::error::{Error, Result};

/// Names an entry: which of the group's streams, and its id there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EntryId {
    pub(crate) source: usize,
    pub(crate) id: StreamId,
}

/// The entries under work.
#[derive(Debug, Default)]
pub(crate) struct Held {
    entries: Mutex<HashMap<EntryId, Work>>,
}

/// What is known of an entry under work.
#[derive(Debug)]
pub(super) struct Work {
    /// Says that it was taken by another consumer.
    pub(super) lost: CancellationToken,
    /// Whether another entry may wait for this one to be settled.
    pub(super) ordered: bool,
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, HashMap<EntryId, Work>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts holding entries, each with whether it is ordered; `None` for one that is held already.
    pub(super) fn add(
        &self,
        entries: impl Iterator<Item = (EntryId, bool)>,
    ) -> Vec<Option<CancellationToken>> {
        let mut held = self.lock();
        entries
            .map(|(entry, ordered)| {
                if held.contains_key(&entry) {
                    return None;
                }
                let lost = CancellationToken::new();
                let work = Work {
                    lost: lost.clone(),
                    ordered,
                };
                held.insert(entry, work);
                Some(lost)
            })
            .collect()
    }

    pub(super) fn remove(&self, entry: &EntryId) -> Option<Work> {
        self.lock().remove(entry)
    }

    pub(super) fn remove_all<'a>(&self, entries: impl Iterator<Item = &'a EntryId>) {
        let mut held = self.lock();
        for entry in entries {
            held.remove(entry);
        }
    }

    /// The ids held of one stream.
    pub(super) fn of(&self, source: usize) -> Vec<StreamId> {
        self.lock()
            .keys()
            .filter(|entry| entry.source == source)
            .map(|entry| entry.id)
            .collect()
    }
}

/// What every receipt needs to pronounce a verdict. The settler ends when the last one is gone.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(super) shared: Arc<Shared>,
    pub(super) verdicts: mpsc::UnboundedSender<Pronounced>,
}

impl Handle {
    fn send(
        &self,
        which: Which,
        ordered: bool,
        verdict: Verdict,
        reply: Option<oneshot::Sender<Result<Settled>>>,
    ) {
        // The settler lives as long as any receipt; should it have died, the dropped reply says so.
        let _ = self.verdicts.send(Pronounced {
            which,
            ordered,
            verdict,
            reply,
        });
    }
}

/// The right to pronounce a verdict on one entry. Dropped without one, the entry is held no longer and will be
/// claimed once its visibility has run out.
#[derive(Debug)]
pub(crate) struct Receipt {
    handle: Arc<Handle>,
    entry: EntryId,
    lost: CancellationToken,
    /// Whether another entry may wait for this one to be settled.
    ordered: bool,
    pronounced: bool,
}

impl Receipt {
    /// For an entry that is held, see [`Held::add`].
    pub(super) fn new(
        handle: &Arc<Handle>,
        entry: EntryId,
        lost: CancellationToken,
        ordered: bool,
    ) -> Self {
        Self {
            handle: Arc::clone(handle),
            entry,
            lost,
            ordered,
            pronounced: false,
        }
    }

    /// Cancelled when another consumer has claimed the entry.
    pub(crate) const fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// Has the verdict carried out and waits for it. Should the waiting be given up, it is carried out all the same.
    pub(crate) async fn settle(mut self, verdict: Verdict) -> Result<Settled> {
        self.pronounced = true;
        self.ask(verdict).await
    }

    /// Has the verdict carried out, without waiting.
    pub(crate) fn pronounce(mut self, verdict: Verdict) {
        self.pronounced = true;
        self.handle
            .send(Which::One(self.entry), self.ordered, verdict, None);
    }

    /// Has the same verdict carried out on all, with one message for each consumer they came from, and waits for it.
    pub(crate) async fn settle_all(receipts: Vec<Self>, verdict: &Verdict) -> Result<()> {
        let mut answers = Vec::new();
        let mut groups: Vec<(Arc<Handle>, [Vec<EntryId>; 2])> = Vec::new();
        for mut receipt in receipts {
            receipt.pronounced = true;
            let ordered = usize::from(receipt.ordered);
            match groups.last_mut() {
                Some((handle, entries)) if Arc::ptr_eq(handle, &receipt.handle) => {
                    entries[ordered].push(receipt.entry);
                }
                _ => {
                    let mut entries = [Vec::new(), Vec::new()];
                    entries[ordered].push(receipt.entry);
                    groups.push((Arc::clone(&receipt.handle), entries));
                }
            }
        }
        for (handle, [free, ordered]) in groups {
            for (entries, ordered) in [(free, false), (ordered, true)] {
                if !entries.is_empty() {
                    let (reply, answer) = oneshot::channel();
                    handle.send(Which::Many(entries), ordered, verdict.clone(), Some(reply));
                    answers.push(answer);
                }
            }
        }
        for answer in answers {
            answer.await.map_err(|_| Error::Closed)??;
        }
        Ok(())
    }

    /// Starts the visibility anew.
    pub(crate) async fn extend(&self) -> Result<bool> {
        Ok(self.ask(Verdict::Extend).await? == Settled::Done)
    }

    async fn ask(&self, verdict: Verdict) -> Result<Settled> {
        let (reply, answer) = oneshot::channel();
        self.handle
            .send(Which::One(self.entry), self.ordered, verdict, Some(reply));
        answer.await.map_err(|_| Error::Closed)?
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !self.pronounced {
            self.handle.shared.held.remove(&self.entry);
        }
    }
}

//! The entries that this consumer holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::settle::Pronounced;
use super::verdict::{Settled, Verdict};
use crate::error::{Error, Result};

/// Names an entry: which of the group's streams, and its id there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EntryId {
    pub(crate) source: usize,
    pub(crate) id: String,
}

/// The entries under work, each with the token that says it was taken by another consumer.
#[derive(Debug, Default)]
pub(crate) struct Held {
    entries: Mutex<HashMap<EntryId, CancellationToken>>,
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, HashMap<EntryId, CancellationToken>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts holding; `None` if it is held already.
    pub(super) fn add(&self, entry: &EntryId) -> Option<CancellationToken> {
        let mut entries = self.lock();
        if entries.contains_key(entry) {
            return None;
        }
        let lost = CancellationToken::new();
        entries.insert(entry.clone(), lost.clone());
        Some(lost)
    }

    pub(super) fn remove(&self, entry: &EntryId) -> Option<CancellationToken> {
        self.lock().remove(entry)
    }

    /// The ids held of one stream.
    pub(super) fn of(&self, source: usize) -> Vec<String> {
        self.lock()
            .keys()
            .filter(|entry| entry.source == source)
            .map(|entry| entry.id.clone())
            .collect()
    }
}

/// What every receipt needs to pronounce a verdict. The settler ends when the last one is gone.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(super) shared: Arc<Shared>,
    pub(super) verdicts: mpsc::UnboundedSender<Pronounced>,
}

/// The right to pronounce a verdict on one entry. Dropped without one, the entry is held no longer and will be
/// claimed once its visibility has run out.
#[derive(Debug)]
pub(crate) struct Receipt {
    handle: Arc<Handle>,
    entry: EntryId,
    lost: CancellationToken,
    pronounced: bool,
}

impl Receipt {
    /// `None` if this consumer works on the entry already: it was so slow that it claimed from itself.
    pub(super) fn take(handle: &Arc<Handle>, entry: EntryId) -> Option<Self> {
        let lost = handle.shared.held.add(&entry)?;
        Some(Self {
            handle: Arc::clone(handle),
            entry,
            lost,
            pronounced: false,
        })
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
        self.send(verdict, None);
    }

    /// Starts the visibility anew.
    pub(crate) async fn extend(&self) -> Result<bool> {
        Ok(self.ask(Verdict::Extend).await? == Settled::Done)
    }

    async fn ask(&self, verdict: Verdict) -> Result<Settled> {
        let (reply, answer) = oneshot::channel();
        self.send(verdict, Some(reply));
        answer.await.map_err(|_| Error::Closed)?
    }

    fn send(&self, verdict: Verdict, reply: Option<oneshot::Sender<Result<Settled>>>) {
        // The settler lives as long as any receipt; should it have died, the dropped reply says so.
        let _ = self.handle.verdicts.send(Pronounced {
            entry: self.entry.clone(),
            verdict,
            reply,
        });
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !self.pronounced {
            self.handle.shared.held.remove(&self.entry);
        }
    }
}

//! Verdicts on entries and how each is carried out.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::Shared;
use super::commands::none_without_group;
use super::fields::StreamId;
use super::held::EntryId;
use crate::clock::millis;
use crate::error::Result;
use crate::script;

/// What a holder decides about an entry.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// It is done.
    Ack,
    /// Another attempt after a while.
    Retry {
        /// How long.
        after: Duration,
        /// Kept if there is no attempt left.
        reason: String,
    },
    /// It is given up on.
    Bury {
        /// Why.
        reason: String,
    },
    /// It was not worked on.
    Release,
    /// It is still being worked on.
    Extend,
}

/// What became of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was carried out.
    Done,
    /// The entry had used up its attempts, or was given up on, and is a dead letter now.
    Dead,
    /// The entry is gone or somebody else's: Valkey was emptied, or the visibility had run out.
    Gone,
}

/// Entries by the number of their stream.
pub(super) type BySource = BTreeMap<usize, Vec<StreamId>>;

impl Shared {
    /// Acknowledges entries that nobody waits for, of all streams in one transaction.
    pub(super) async fn ack(&self, entries: &BySource) -> Result<()> {
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        for (source, ids) in entries {
            let stream = &self.options.sources[*source].stream;
            pipeline.cmd("XACK").arg(stream).arg(&self.options.group);
            for id in ids {
                pipeline.arg(id);
            }
            pipeline.ignore();
            if self.options.delete {
                pipeline.cmd("XDEL").arg(stream);
                for id in ids {
                    pipeline.arg(id);
                }
                pipeline.ignore();
            }
        }
        self.bus.pipeline("acknowledge entries", &pipeline).await
    }

    /// Acknowledges jobs that have an ordering key; the next ones follow. Answers which are gone or somebody else's.
    pub(super) async fn ack_ordered(&self, entries: &BySource) -> Result<HashSet<EntryId>> {
        let mut gone = HashSet::new();
        for (source, ids) in entries {
            let mut call = self.options.call(&script::ACK, *source);
            call.arg(&self.options.group).arg(&self.options.consumer);
            for id in ids {
                call.arg(id);
            }
            let answer = self.bus.script("acknowledge jobs", &call).await;
            let answer: Option<Vec<StreamId>> = none_without_group(answer)?;
            let lost = answer.unwrap_or_else(|| ids.clone()).into_iter();
            gone.extend(lost.map(|id| EntryId {
                source: *source,
                id,
            }));
        }
        Ok(gone)
    }

    /// Puts entries back as if they had never been taken.
    pub(super) async fn release_all(&self, entries: &BySource) -> Result<()> {
        for (source, ids) in entries {
            self.release(*source, ids).await?;
        }
        Ok(())
    }

    pub(super) async fn carry_out(&self, entry: &EntryId, verdict: &Verdict) -> Result<Settled> {
        let EntryId { source, id } = *entry;
        match verdict {
            // These two are carried out together, see `settle.rs`.
            Verdict::Ack | Verdict::Release => Ok(Settled::Done),
            Verdict::Extend => {
                let lost = self.hold(source, &[id]).await?;
                let held = lost.is_empty();
                self.lose(source, lost);
                Ok(if held { Settled::Done } else { Settled::Gone })
            }
            Verdict::Retry { after, reason } => self.retry(source, id, *after, reason).await,
            Verdict::Bury { reason } => self.bury(source, id, reason).await,
        }
    }

    /// Stops holding what is lost and tells those whose entry another consumer has, or whose key another job may have: a
    /// Valkey that forgot the entry hands it, or the next of its key, to somebody else.
    pub(super) fn lose(&self, source: usize, lost: Vec<(StreamId, bool)>) {
        for (id, taken) in lost {
            if let Some(work) = self.held.remove(&EntryId { source, id })
                && (taken || work.ordered)
            {
                work.lost.cancel();
            }
        }
    }

    async fn retry(
        &self,
        source: usize,
        id: StreamId,
        after: Duration,
        reason: &str,
    ) -> Result<Settled> {
        let options = &self.options;
        let mut call = options.call(&script::RETRY, source);
        call.arg(&options.group)
            .arg(&options.consumer)
            .arg(id)
            .arg(if options.queue.is_some() {
                millis(after)
            } else {
                0
            })
            .arg(options.max_attempts)
            .arg(reason)
            .arg(options.sources[source].lane);
        self.verdict("put an entry back", &call).await
    }

    async fn bury(&self, source: usize, id: StreamId, reason: &str) -> Result<Settled> {
        let options = &self.options;
        let mut call = options.call(&script::BURY, source);
        call.arg(&options.group)
            .arg(&options.consumer)
            .arg(id)
            .arg(reason)
            .arg(options.delete_flag());
        self.verdict("give up on an entry", &call).await
    }

    async fn verdict(
        &self,
        action: &'static str,
        call: &redis::ScriptInvocation<'_>,
    ) -> Result<Settled> {
        let answer: Option<String> = none_without_group(self.bus.script(action, call).await)?;
        Ok(match answer.as_deref() {
            Some("done") => Settled::Done,
            Some("dead") => Settled::Dead,
            _ => Settled::Gone,
        })
    }
}

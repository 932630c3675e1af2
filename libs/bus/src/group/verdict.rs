//! Verdicts on entries and how each is carried out.

use std::time::Duration;

use super::Shared;
use super::commands::none_without_group;
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

impl Shared {
    pub(super) async fn carry_out(&self, entry: &EntryId, verdict: &Verdict) -> Result<Settled> {
        let EntryId { source, id } = entry;
        match verdict {
            Verdict::Ack => Ok(Settled::Done),
            Verdict::Release => {
                self.release(*source, std::slice::from_ref(id)).await?;
                Ok(Settled::Done)
            }
            Verdict::Extend => {
                let lost = self.hold(*source, std::slice::from_ref(id)).await?;
                let held = lost.is_empty();
                self.lose(*source, lost);
                Ok(if held { Settled::Done } else { Settled::Gone })
            }
            Verdict::Retry { after, reason } => self.retry(*source, id, *after, reason).await,
            Verdict::Bury { reason } => self.bury(*source, id, reason).await,
        }
    }

    /// Stops holding what is lost and tells those whose entry another consumer has.
    pub(super) fn lose(&self, source: usize, lost: Vec<(String, bool)>) {
        for (id, taken) in lost {
            if let Some(token) = self.held.remove(&EntryId { source, id })
                && taken
            {
                token.cancel();
            }
        }
    }

    async fn retry(
        &self,
        source: usize,
        id: &str,
        after: Duration,
        reason: &str,
    ) -> Result<Settled> {
        let options = &self.options;
        let stream = &options.sources[source];
        let mut call = script::RETRY.key(&[stream.stream.as_str(), stream.dead.as_str()]);
        if let Some(delayed) = &options.delayed {
            call.key(&[delayed.due.as_str(), delayed.jobs.as_str()]);
        }
        call.arg(&options.group)
            .arg(&options.consumer)
            .arg(id)
            .arg(if options.delayed.is_some() {
                millis(after)
            } else {
                0
            })
            .arg(options.max_attempts)
            .arg(reason)
            .arg(stream.lane);
        self.verdict("put an entry back", &call).await
    }

    async fn bury(&self, source: usize, id: &str, reason: &str) -> Result<Settled> {
        let options = &self.options;
        let stream = &options.sources[source];
        let mut call = script::BURY.key(&[stream.stream.as_str(), stream.dead.as_str()]);
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

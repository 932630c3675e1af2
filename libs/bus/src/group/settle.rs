//! The settler: carries out verdicts.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use super::Shared;
use super::fields::StreamId;
use super::held::EntryId;
use super::verdict::{Settled, Verdict};
use crate::backoff::Backoff;
use crate::error::{Error, Result};

/// Verdicts carried out in one go.
const BATCH: usize = 256;
/// How long a verdict is still attempted after shutdown began.
const LAST_TRY: Duration = Duration::from_secs(3);

/// What a verdict is about.
#[derive(Debug)]
pub(crate) enum Which {
    /// One entry.
    One(EntryId),
    /// Several of one consumer.
    Many(Vec<EntryId>),
}

impl Which {
    fn entries(&self) -> &[EntryId] {
        match self {
            Self::One(entry) => std::slice::from_ref(entry),
            Self::Many(entries) => entries,
        }
    }
}

/// A verdict on its way.
#[derive(Debug)]
pub(crate) struct Pronounced {
    pub(super) which: Which,
    /// Whether other entries may wait for these to be settled.
    pub(super) ordered: bool,
    pub(super) verdict: Verdict,
    pub(super) reply: Option<oneshot::Sender<Result<Settled>>>,
}

/// Runs until nobody is left who could pronounce a verdict.
pub(super) async fn run(shared: Arc<Shared>, mut verdicts: mpsc::UnboundedReceiver<Pronounced>) {
    let mut batch = Vec::with_capacity(BATCH);
    let (mut acks, mut ordered, mut releases, mut others) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while verdicts.recv_many(&mut batch, BATCH).await > 0 {
        // Jobs that end together send their verdicts one after the other; a moment makes one message of many.
        tokio::task::yield_now().await;
        while batch.len() < BATCH
            && let Ok(pronounced) = verdicts.try_recv()
        {
            batch.push(pronounced);
        }
        for pronounced in batch.drain(..) {
            match pronounced.verdict {
                Verdict::Ack if pronounced.ordered => ordered.push(pronounced),
                Verdict::Ack => acks.push(pronounced),
                Verdict::Release => releases.push(pronounced),
                _ => others.push(pronounced),
            }
        }
        together(&shared, Together::Ack, &mut acks).await;
        together(&shared, Together::OrderedAck, &mut ordered).await;
        together(&shared, Together::Release, &mut releases).await;
        for pronounced in others.drain(..) {
            settle_one(&shared, pronounced).await;
        }
    }
    shared.finished.cancel();
    // Whether the name is removed now or by the next sweep makes no difference to the work.
    let _ = shared.leave(true).await;
}

/// Verdicts that need not be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    Ack,
    OrderedAck,
    Release,
}

async fn together(shared: &Shared, what: Together, batch: &mut Vec<Pronounced>) {
    if batch.is_empty() {
        return;
    }
    let mut by_source: BTreeMap<usize, Vec<StreamId>> = BTreeMap::new();
    let mut count = 0;
    for entry in batch
        .iter()
        .flat_map(|pronounced| pronounced.which.entries())
    {
        by_source.entry(entry.source).or_default().push(entry.id);
        count += 1;
    }
    let mut patience = Patience::new(shared);
    let answer = loop {
        let attempt = match what {
            Together::Ack => shared.ack(&by_source).await.map(|()| HashSet::new()),
            Together::OrderedAck => shared.ack_ordered(&by_source).await,
            Together::Release => shared
                .release_all(&by_source)
                .await
                .map(|()| HashSet::new()),
        };
        match attempt {
            Err(error) if patience.lasts(&error).await => {}
            answer => break answer,
        }
    };
    match &answer {
        Ok(_) if what == Together::Release => {}
        Ok(gone) => shared
            .bus
            .metrics()
            .acked(&shared.label, count - gone.len()),
        Err(error) => {
            tracing::warn!(target_name = %shared.options.target, count, %error,
                "verdicts were given up; the entries will be delivered again");
        }
    }
    let entries = batch
        .iter()
        .flat_map(|pronounced| pronounced.which.entries());
    shared.held.remove_all(entries);
    for pronounced in batch.drain(..) {
        if let Some(reply) = pronounced.reply {
            let mut entries = pronounced.which.entries().iter();
            let settled = answer.as_ref().map(|gone| {
                if entries.any(|entry| gone.contains(entry)) {
                    Settled::Gone
                } else {
                    Settled::Done
                }
            });
            let _ = reply.send(settled.map_err(Clone::clone));
        }
    }
}

async fn settle_one(shared: &Shared, pronounced: Pronounced) {
    let Pronounced {
        which,
        verdict,
        reply,
        ..
    } = pronounced;
    let mut last = Ok(Settled::Done);
    for entry in which.entries() {
        let mut patience = Patience::new(shared);
        let answer = loop {
            match shared.carry_out(entry, &verdict).await {
                Err(error) if patience.lasts(&error).await => {}
                answer => break answer,
            }
        };
        let (metrics, label) = (shared.bus.metrics(), &shared.label);
        match (&answer, &verdict) {
            (Ok(Settled::Dead), _) => metrics.dead(label, 1),
            (Ok(Settled::Done), Verdict::Retry { .. }) => metrics.retried(label),
            _ => {}
        }
        if !matches!(verdict, Verdict::Extend) {
            shared.held.remove(entry);
        }
        if let (None, Err(error)) = (&reply, &answer) {
            tracing::warn!(target_name = %shared.options.target, id = %entry.id, %error,
                "an entry could not be settled; it will be delivered again");
        }
        last = answer;
    }
    if let Some(reply) = reply {
        let _ = reply.send(last);
    }
}

/// How long a verdict is attempted: through any passing fault, but after shutdown began only for a while.
struct Patience<'a> {
    shared: &'a Shared,
    backoff: Backoff,
    give_up: Option<Instant>,
}

impl<'a> Patience<'a> {
    const fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            backoff: Backoff::CONNECTION,
            give_up: None,
        }
    }

    /// Waits a little, unless there is no sense in another attempt.
    async fn lasts(&mut self, error: &Error) -> bool {
        if !error.is_passing() {
            return false;
        }
        if self.shared.closing.is_cancelled() {
            let now = Instant::now();
            if now >= *self.give_up.get_or_insert(now + LAST_TRY) {
                return false;
            }
        }
        sleep(self.backoff.wait()).await;
        true
    }
}

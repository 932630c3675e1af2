//! The settler: carries out verdicts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use super::Shared;
use super::held::EntryId;
use super::verdict::{Settled, Verdict};
use crate::backoff::Backoff;
use crate::error::{Error, Result};

/// Verdicts carried out in one go.
const BATCH: usize = 256;
/// How long a verdict is still attempted after shutdown began.
const LAST_TRY: Duration = Duration::from_secs(3);

/// A verdict on its way.
#[derive(Debug)]
pub(crate) struct Pronounced {
    pub(super) entry: EntryId,
    pub(super) verdict: Verdict,
    pub(super) reply: Option<oneshot::Sender<Result<Settled>>>,
}

/// Runs until nobody is left who could pronounce a verdict.
pub(super) async fn run(shared: Arc<Shared>, mut verdicts: mpsc::UnboundedReceiver<Pronounced>) {
    let mut batch = Vec::with_capacity(BATCH);
    while verdicts.recv_many(&mut batch, BATCH).await > 0 {
        let (acks, others): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .partition(|pronounced| matches!(pronounced.verdict, Verdict::Ack));
        settle_acks(&shared, acks).await;
        for pronounced in others {
            settle_one(&shared, pronounced).await;
        }
    }
    shared.finished.cancel();
    // Whether the name is removed now or by the next sweep makes no difference to the work.
    let _ = shared.leave(true).await;
}

async fn settle_acks(shared: &Shared, acks: Vec<Pronounced>) {
    if acks.is_empty() {
        return;
    }
    let mut by_source: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for ack in &acks {
        by_source
            .entry(ack.entry.source)
            .or_default()
            .push(&ack.entry.id);
    }
    let mut pipeline = redis::pipe();
    pipeline.atomic();
    for (source, ids) in by_source {
        let stream = &shared.options.sources[source].stream;
        let group = &shared.options.group;
        pipeline
            .cmd("XACK")
            .arg(stream)
            .arg(group)
            .arg(&ids)
            .ignore();
        if shared.options.delete {
            pipeline.cmd("XDEL").arg(stream).arg(&ids).ignore();
        }
    }
    let mut patience = Patience::new(shared);
    let answer: Result<()> = loop {
        match shared.bus.pipeline("acknowledge entries", &pipeline).await {
            Err(error) if patience.lasts(&error).await => {}
            answer => break answer,
        }
    };
    match answer {
        Ok(()) => {
            shared
                .bus
                .metrics()
                .acked(&shared.options.target, acks.len());
            for ack in acks {
                conclude(shared, ack, Ok(Settled::Done));
            }
        }
        Err(error) => {
            tracing::warn!(target_name = %shared.options.target, count = acks.len(), %error,
                "acknowledgements were given up; the entries will be delivered again");
            for ack in acks {
                conclude(shared, ack, Err(error.clone()));
            }
        }
    }
}

async fn settle_one(shared: &Shared, pronounced: Pronounced) {
    let Pronounced { entry, verdict, .. } = &pronounced;
    let mut patience = Patience::new(shared);
    let answer = loop {
        match shared.carry_out(entry, verdict).await {
            Err(error) if patience.lasts(&error).await => {}
            answer => break answer,
        }
    };
    let (metrics, target) = (shared.bus.metrics(), &shared.options.target);
    match (&answer, verdict) {
        (Ok(Settled::Dead), _) => metrics.dead(target, 1),
        (Ok(Settled::Done), Verdict::Retry { .. }) => metrics.retried(target),
        _ => {}
    }
    conclude(shared, pronounced, answer);
}

/// The entry is settled, one way or another; whoever waits is told.
fn conclude(shared: &Shared, pronounced: Pronounced, answer: Result<Settled>) {
    if !matches!(pronounced.verdict, Verdict::Extend) {
        shared.held.remove(&pronounced.entry);
    }
    match (pronounced.reply, answer) {
        (Some(reply), answer) => {
            let _ = reply.send(answer);
        }
        (None, Err(error)) => tracing::warn!(
            target_name = %shared.options.target, id = %pronounced.entry.id, %error,
            "an entry could not be settled; it will be delivered again"
        ),
        (None, Ok(_)) => {}
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

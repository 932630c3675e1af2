//! The relay's task.

use std::collections::{HashSet, VecDeque};
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::life::{self, Life};
use super::publish::publish;
use super::{BoxError, Outbox, pauses};
use crate::backoff::Backoff;
use crate::connection::Bus;
use crate::health::Reporter;

/// How often the outbox and Valkey's life are looked at.
const SCAN: Duration = Duration::from_secs(1);
/// The age from which an unmarked entry counts as left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(2);
/// How long what a scan takes is left alone by the other relays. A batch takes milliseconds.
const LEASE: Duration = Duration::from_secs(5);
/// How long marks are collected, so that a busy process marks in few statements. Well below [`LEFT_BEHIND`].
const COLLECT_MARKS: Duration = Duration::from_millis(250);
/// How often pauses on record and in Valkey are compared.
const AGREE: Duration = Duration::from_secs(10);
/// Entries published in one round trip.
const BATCH: usize = 512;
/// Entries kept while Valkey is away; the scan finds the rest.
const BACKLOG: usize = 10_000;
/// How long shutdown waits for what is still to be published.
const LAST_TRY: Duration = Duration::from_secs(2);

pub(super) struct Task {
    bus: Bus,
    outbox: Arc<dyn Outbox>,
    inbox: mpsc::Receiver<Vec<OutboxEntry>>,
    health: Reporter,
    /// To be published.
    backlog: VecDeque<OutboxEntry>,
    /// Published to `life` and to be marked.
    unmarked: Vec<JobId>,
    /// To be forgotten: other jobs have their idempotency keys.
    absorbed: Vec<JobId>,
    /// When to mark them.
    mark_at: Option<Instant>,
    /// The life of Valkey that is published to.
    life: Option<Life>,
    /// When pauses are compared next.
    agree_at: Option<Instant>,
    /// The queues whose pauses Valkey does not have; `None` while it is not known which are paused in this life, and no
    /// job may be published.
    shut: Option<HashSet<String>>,
    /// Whether the dead letters of this life have yet to be told apart from what is due in it.
    restless: bool,
    /// Whether the last round went well. If not, the outbox may be another than before and is asked for the number of
    /// the life again.
    well: bool,
    /// Whether the last scan left something.
    more: bool,
}

impl Task {
    pub(super) const fn new(
        bus: Bus,
        outbox: Arc<dyn Outbox>,
        inbox: mpsc::Receiver<Vec<OutboxEntry>>,
        health: Reporter,
    ) -> Self {
        Self {
            bus,
            outbox,
            inbox,
            health,
            backlog: VecDeque::new(),
            unmarked: Vec::new(),
            absorbed: Vec::new(),
            mark_at: None,
            life: None,
            agree_at: None,
            shut: None,
            restless: true,
            well: false,
            more: false,
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        let mut scan = interval(SCAN);
        scan.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut backoff = Backoff::CONNECTION;
        let mut failed_until: Option<Instant> = None;
        let mut handed = Vec::new();
        let mut open = true;
        loop {
            let mut looking = false;
            tokio::select! {
                () = shutdown.cancelled() => break,
                count = self.inbox.recv_many(&mut handed, BATCH), if open => open = count > 0,
                () = until(failed_until), if failed_until.is_some() => {
                    failed_until = None;
                    looking = true;
                }
                _ = scan.tick(), if failed_until.is_none() => looking = true,
                () = until(self.mark_at), if failed_until.is_none() && self.mark_at.is_some() => {}
                () = ready(()), if failed_until.is_none() && self.more => {}
            }
            self.accept(&mut handed);
            if failed_until.is_some() {
                continue;
            }
            let done = self.work(looking).await;
            self.well = done.is_ok();
            match done {
                Ok(()) => {
                    backoff.reset();
                    self.health.healthy();
                }
                Err(error) => {
                    self.health.failing(&error);
                    failed_until = Some(Instant::now() + backoff.wait());
                }
            }
        }
        self.end(handed).await;
    }

    /// What does not get out now is in the outbox and gets out when the next relay scans.
    async fn end(mut self, mut handed: Vec<Vec<OutboxEntry>>) {
        self.inbox.close();
        self.accept(&mut handed);
        let last = async {
            self.more = false;
            self.work(false).await?;
            self.mark().await
        };
        if let Ok(Err(error)) = timeout(LAST_TRY, last).await {
            tracing::debug!(%error, "the relay leaves entries to the others");
        }
    }

    /// Takes over what was handed in and what waits in the inbox, as far as there is room.
    fn accept(&mut self, handed: &mut Vec<Vec<OutboxEntry>>) {
        while let Ok(entries) = self.inbox.try_recv() {
            handed.push(entries);
        }
        for entries in handed.drain(..) {
            let room = BACKLOG.saturating_sub(self.backlog.len());
            if entries.len() > room {
                self.bus.metrics().overflowed(entries.len() - room);
            }
            self.backlog.extend(entries.into_iter().take(room));
        }
    }

    /// Publishes what was handed in, and then, if it is time for that or the last scan left something, one batch of
    /// what others left.
    async fn work(&mut self, looking: bool) -> Result<(), BoxError> {
        let looked = if looking || self.life.is_none() {
            self.look().await
        } else {
            Ok(())
        };
        // Publishing to a life that may be over is right, only marking it for another would be wrong: so whatever keeps
        // the look from succeeding does not keep entries from being published.
        let Some(life) = self.life.as_ref().map(|life| life.number) else {
            return looked;
        };
        self.flush().await?;
        let ready = self.shut.is_some() && !self.restless;
        self.more &= ready;
        if ready && (looking || self.more) {
            self.mark().await?;
            self.scan(life).await?;
        } else if self.mark_at.is_some_and(|at| at <= Instant::now()) {
            self.mark().await?;
        }
        looked
    }

    /// Finds out which life of Valkey this is.
    async fn look(&mut self) -> Result<(), BoxError> {
        let name = life::name(&self.bus).await?;
        if self.life.as_ref().is_none_or(|life| !life.is(&name)) {
            self.shut = None;
        }
        let known = self.life.as_ref().filter(|_| self.well);
        let present = Life::named(name, self.outbox.as_ref(), known).await?;
        let before = self.life.replace(present);
        if before != self.life {
            self.agree_at = None;
            self.restless = true;
        }
        if before.is_some() && before != self.life {
            // Those are due again; a mark for the life before would change nothing.
            self.unmarked.clear();
            self.mark_at = None;
            self.bus.metrics().life_met();
            tracing::warn!(
                "Valkey was restarted or emptied; what the outbox still holds is published again"
            );
        }
        if self.agree_at.is_none_or(|at| at <= Instant::now()) {
            let left = pauses::agree(&self.bus, self.outbox.as_ref()).await?;
            self.shut = Some(left.queues);
            match left.error {
                Some(error) if error.is_passing() => return Err(error.into()),
                Some(error) => tracing::warn!(%error, "a queue cannot be paused or resumed"),
                None => {}
            }
            self.agree_at = Some(Instant::now() + AGREE);
        }
        self.lay_to_rest().await
    }

    /// Marks what is among the dead letters of a life as published to it: a Valkey that was restarted and kept them must not
    /// bring it back to life. One that came back empty has none, and there all that is undone is due; of that, what was set aside
    /// becomes a dead letter again.
    async fn lay_to_rest(&mut self) -> Result<(), BoxError> {
        let (true, Some(life)) = (self.restless, &self.life) else {
            return Ok(());
        };
        for name in self.bus.queues().await? {
            let dead = match self.bus.queue(&name).dead_ids().await {
                Ok(dead) => dead,
                Err(error) if error.is_passing() => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(queue = %name, %error, "dead letters cannot be read");
                    continue;
                }
            };
            for ids in dead.chunks(BATCH) {
                let held = self.outbox.mark_published(life.number, ids).await?;
                self.unmarked.extend(held);
            }
        }
        self.restless = false;
        Ok(())
    }

    /// Publishes the backlog. Jobs of queues that may have to be paused first are left to a later scan.
    async fn flush(&mut self) -> Result<(), BoxError> {
        match &self.shut {
            Some(shut) if shut.is_empty() => {}
            shut => self.backlog.retain(|entry| match (entry, shut) {
                (OutboxEntry::Event(_) | OutboxEntry::SetAside(..), _) => true,
                (OutboxEntry::Job(job), Some(shut)) => !shut.contains(&job.queue),
                (OutboxEntry::Job(_), None) => false,
            }),
        }
        while !self.backlog.is_empty() {
            let count = self.backlog.len().min(BATCH);
            let batch = &self.backlog.make_contiguous()[..count];
            let published = publish(&self.bus, batch).await?;
            self.unmarked.extend(published.ids);
            self.absorbed.extend(published.absorbed);
            self.backlog.drain(..count);
            self.mark_at = self.mark_at.or(Some(Instant::now() + COLLECT_MARKS));
        }
        Ok(())
    }

    /// Marks what has been published. What another holds meanwhile is marked the next time: left unmarked, it would be
    /// published again after its lease.
    async fn mark(&mut self) -> Result<(), BoxError> {
        if let Some(life) = &self.life
            && !self.unmarked.is_empty()
        {
            self.unmarked = self
                .outbox
                .mark_published(life.number, &self.unmarked)
                .await?;
        }
        if !self.absorbed.is_empty() {
            self.outbox.forget(&self.absorbed).await?;
            self.absorbed.clear();
        }
        self.mark_at = (!self.unmarked.is_empty()).then(|| Instant::now() + COLLECT_MARKS);
        Ok(())
    }

    /// Publishes some of what nobody has published to this life. What it takes goes the way of what is handed in, so
    /// that it is not forgotten if Valkey is away just now.
    async fn scan(&mut self, life: i64) -> Result<(), BoxError> {
        self.more = false;
        let entries = self.outbox.lease(life, LEFT_BEHIND, LEASE, BATCH).await?;
        if entries.is_empty() {
            return Ok(());
        }
        self.bus.metrics().left_behind(entries.len());
        self.more = entries.len() == BATCH;
        self.backlog.extend(entries);
        self.flush().await?;
        self.mark().await
    }
}

async fn until(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        sleep_until(deadline).await;
    }
}

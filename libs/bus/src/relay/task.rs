//! The relay's task.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{BoxError, Outbox};
use crate::backoff::Backoff;
use crate::connection::Bus;
use crate::health::Reporter;
use crate::script;

/// How often the outbox and Valkey's life are looked at.
const SCAN: Duration = Duration::from_secs(1);
/// The age from which an unmarked entry counts as left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(2);
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
    /// Published and to be marked.
    unmarked: Vec<JobId>,
    /// The life of Valkey that was published to.
    life: Option<String>,
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
            life: None,
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
            let mut scanning = false;
            tokio::select! {
                () = shutdown.cancelled() => break,
                count = self.inbox.recv_many(&mut handed, BATCH), if open => open = count > 0,
                () = until(failed_until), if failed_until.is_some() => {
                    failed_until = None;
                    scanning = true;
                }
                _ = scan.tick(), if failed_until.is_none() => scanning = true,
            }
            self.accept(&mut handed);
            if failed_until.is_some() {
                continue;
            }
            match self.work(scanning).await {
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
        self.inbox.close();
        while let Ok(entries) = self.inbox.try_recv() {
            handed.push(entries);
        }
        self.accept(&mut handed);
        // What does not get out now is in the outbox and gets out when the next relay scans.
        let _ = timeout(LAST_TRY, self.flush()).await;
    }

    /// Takes over what was handed in, as far as there is room.
    fn accept(&mut self, handed: &mut Vec<Vec<OutboxEntry>>) {
        for entries in handed.drain(..) {
            let room = BACKLOG.saturating_sub(self.backlog.len());
            if entries.len() > room {
                self.bus.metrics().overflowed(entries.len() - room);
            }
            self.backlog.extend(entries.into_iter().take(room));
        }
    }

    async fn work(&mut self, scanning: bool) -> Result<(), BoxError> {
        self.flush().await?;
        if scanning {
            self.check_life().await?;
            self.scan(LEFT_BEHIND).await?;
        }
        Ok(())
    }

    /// Publishes the backlog and marks what has been published.
    async fn flush(&mut self) -> Result<(), BoxError> {
        while !self.backlog.is_empty() {
            let count = self.backlog.len().min(BATCH);
            let batch = &self.backlog.make_contiguous()[..count];
            let published = publish(&self.bus, batch).await?;
            self.unmarked.extend(published);
            self.backlog.drain(..count);
        }
        self.mark().await
    }

    async fn mark(&mut self) -> Result<(), BoxError> {
        if !self.unmarked.is_empty() {
            self.outbox.mark_published(&self.unmarked).await?;
            self.unmarked.clear();
        }
        Ok(())
    }

    /// Publishes what nobody has published.
    async fn scan(&mut self, older_than: Duration) -> Result<(), BoxError> {
        loop {
            let entries = self.outbox.unpublished(older_than, BATCH).await?;
            let published = publish(&self.bus, &entries).await?;
            let (found, done) = (entries.len(), published.len());
            self.unmarked.extend(published);
            self.mark().await?;
            if found < BATCH || done == 0 {
                return Ok(());
            }
        }
    }

    /// Publishes everything again if Valkey may have forgotten it.
    async fn check_life(&mut self) -> Result<(), BoxError> {
        let run_id = self.bus.server().await?.run_id;
        let key = self.bus.keys().incarnation();
        let mut get = redis::cmd("GET");
        get.arg(&key);
        let name: Option<String> = self.bus.command("read the incarnation", &get).await?;
        let known = match (&name, &self.life) {
            (Some(name), Some(life)) => name == life && name.starts_with(&run_id),
            (Some(name), None) => name.starts_with(&run_id),
            (None, _) => false,
        };
        if known {
            self.life = name;
            return Ok(());
        }
        let count = self.outbox.reopen().await?;
        self.bus.metrics().reopened(count);
        if count > 0 {
            tracing::warn!(
                count,
                "Valkey was restarted or emptied; what the outbox still holds is published again"
            );
        }
        self.scan(Duration::ZERO).await?;
        let mut call = script::INCARNATE.key(key);
        let fresh = format!("{run_id}/{}", Uuid::new_v4().simple());
        call.arg(&run_id).arg(fresh);
        self.life = Some(self.bus.script("name the incarnation", &call).await?);
        Ok(())
    }
}

async fn until(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        sleep_until(deadline).await;
    }
}

/// Publishes entries in one round trip and answers which went out. One that Valkey refuses for good must not hold up
/// the others, so then each goes alone.
async fn publish(bus: &Bus, entries: &[OutboxEntry]) -> Result<HashSet<JobId>, BoxError> {
    if entries.is_empty() {
        return Ok(HashSet::new());
    }
    match send(bus, entries).await {
        Ok(()) => return Ok(entries.iter().map(OutboxEntry::id).collect()),
        Err(error) if error.is_passing() => return Err(error.into()),
        Err(_) => {}
    }
    let mut published = HashSet::new();
    for entry in entries {
        match send(bus, std::slice::from_ref(entry)).await {
            Ok(()) => {
                published.insert(entry.id());
            }
            Err(error) if error.is_passing() => return Err(error.into()),
            Err(error) => {
                tracing::error!(id = %entry.id(), %error, "an outbox entry cannot be published");
            }
        }
    }
    Ok(published)
}

async fn send(bus: &Bus, entries: &[OutboxEntry]) -> crate::Result<()> {
    let events = bus.events();
    let mut pipeline = redis::pipe();
    let mut queues: Vec<&str> = Vec::new();
    for entry in entries {
        match entry {
            OutboxEntry::Job(job) => {
                let queue = bus.queue(&job.queue);
                if !queues.contains(&job.queue.as_str()) {
                    queues.push(&job.queue);
                    queue.register(&mut pipeline);
                }
                queue.add(&mut pipeline, job);
            }
            OutboxEntry::Event(event) => events.add(&mut pipeline, event),
        }
    }
    bus.pipeline::<()>("publish the outbox", &pipeline).await?;
    for entry in entries {
        match entry {
            OutboxEntry::Job(job) => bus.metrics().published(&job.queue, 1),
            OutboxEntry::Event(event) => events.count(std::iter::once(event)),
        }
    }
    Ok(())
}

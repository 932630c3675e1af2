//! Putting outbox entries on the bus.

use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};

use super::BoxError;
use crate::connection::Bus;
use crate::queue::entry::is_special;

/// What became of entries.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// On the bus now.
    pub(super) ids: Vec<JobId>,
    /// Jobs whose idempotency key another one has.
    pub(super) absorbed: Vec<JobId>,
}

impl Published {
    fn add(&mut self, entries: &[OutboxEntry], absorbed: Vec<JobId>) {
        let ids = entries.iter().map(OutboxEntry::id);
        self.ids.extend(ids.filter(|id| !absorbed.contains(id)));
        self.absorbed.extend(absorbed);
    }
}

/// Publishes entries in one round trip, and one more for each queue with jobs that have keys or times, and answers which
/// went out. One that Valkey refuses for good must not hold up the others, so then each goes alone.
pub(super) async fn publish(bus: &Bus, entries: &[OutboxEntry]) -> Result<Published, BoxError> {
    let mut published = Published::default();
    if entries.is_empty() {
        return Ok(published);
    }
    match send(bus, entries).await {
        Ok(absorbed) => {
            published.add(entries, absorbed);
            return Ok(published);
        }
        Err(error) if error.is_passing() => return Err(error.into()),
        Err(_) => {}
    }
    for entry in entries {
        let entry = std::slice::from_ref(entry);
        match send(bus, entry).await {
            Ok(absorbed) => published.add(entry, absorbed),
            Err(error) if error.is_passing() => return Err(error.into()),
            Err(error) => {
                tracing::error!(id = %entry[0].id(), %error, "an outbox entry cannot be published");
            }
        }
    }
    Ok(published)
}

async fn send(bus: &Bus, entries: &[OutboxEntry]) -> crate::Result<Vec<JobId>> {
    let events = bus.events();
    let mut pipeline = redis::pipe();
    let mut queues: Vec<&str> = Vec::new();
    let mut special: Vec<&Job> = Vec::new();
    for entry in entries {
        match entry {
            OutboxEntry::Job(job) | OutboxEntry::SetAside(job, _) => {
                let queue = bus.queue(&job.queue);
                if !queues.contains(&job.queue.as_str()) {
                    queues.push(&job.queue);
                    queue.register(&mut pipeline);
                }
                match entry {
                    OutboxEntry::SetAside(_, reason) => {
                        queue.add_set_aside(&mut pipeline, job, reason);
                    }
                    _ if is_special(job) => special.push(job),
                    _ => queue.add(&mut pipeline, job),
                }
            }
            OutboxEntry::Event(event) => events.add(&mut pipeline, event),
        }
    }
    bus.pipeline::<()>("publish the outbox", &pipeline).await?;
    let mut absorbed = Vec::new();
    for name in queues {
        let of_queue = special.iter().filter(|job| job.queue == name);
        let of_queue: Vec<&Job> = of_queue.copied().collect();
        if !of_queue.is_empty() {
            absorbed.extend(bus.queue(name).push_special(&of_queue).await?.absorbed);
        }
    }
    for entry in entries {
        match entry {
            OutboxEntry::SetAside(..) => {}
            OutboxEntry::Job(job) if absorbed.contains(&job.id) => {}
            OutboxEntry::Job(job) => bus.metrics().published(&job.queue, 1),
            OutboxEntry::Event(event) => events.count(std::iter::once(event)),
        }
    }
    Ok(absorbed)
}

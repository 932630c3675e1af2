//! Putting outbox entries on the bus.

use std::collections::HashSet;

use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;

use super::BoxError;
use crate::connection::Bus;

/// Publishes entries in one round trip and answers which went out. One that Valkey refuses for good must not hold up
/// the others, so then each goes alone.
pub(super) async fn publish(
    bus: &Bus,
    entries: &[OutboxEntry],
) -> Result<HashSet<JobId>, BoxError> {
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

//! The events of one domain: taken, inserted, acknowledged.

use std::sync::Arc;

use futures::future::join_all;
use mosaic_bus::{Backoff, Error, EventConsumer, EventDelivery};
use mosaic_proto::envelope::Envelope;
use mosaic_runtime::clock;
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::keep::Place;

/// Events inserted at once.
const BATCH: usize = 500;

/// Archives the events of a domain.
#[derive(Debug)]
pub(super) struct Domain {
    pub(super) consumer: EventConsumer,
    pub(super) shared: Arc<Shared>,
    pub(super) soft: CancellationToken,
    pub(super) name: String,
}

impl Domain {
    /// Until the stop; what is in hand then is still archived, unless Postgres is away.
    pub(super) async fn run(mut self) -> Result<(), Error> {
        loop {
            let deliveries = match self.consumer.next(BATCH).await {
                Ok(deliveries) => deliveries,
                Err(Error::Closed) => return Ok(()),
                Err(error) => return Err(error),
            };
            let wanted = self.choose(deliveries).await;
            self.archive(wanted).await;
        }
    }

    /// Settles what has no place in the archive, and returns the others.
    async fn choose(&self, deliveries: Vec<EventDelivery>) -> Vec<EventDelivery> {
        let now = clock::now();
        let mut wanted = Vec::with_capacity(deliveries.len());
        let mut past = Vec::new();
        for delivery in deliveries {
            match self.shared.keep.place(delivery.event.time, now) {
                Place::Archive => wanted.push(delivery),
                Place::Past => past.push(delivery),
                Place::Future => {
                    let Envelope { time, source, .. } = &delivery.event;
                    let reason =
                        format!("it is from the future, {time}: look at the clock of {source}");
                    self.give_up(delivery, &reason).await;
                }
            }
        }
        if !past.is_empty() {
            let count = past.len();
            tracing::warn!(
                domain = self.name,
                count,
                "events are older than what is archived and are left out"
            );
            self.shared
                .metrics
                .left_out(&self.name, "old", count as u64);
            acknowledge(past).await;
        }
        wanted
    }

    /// Inserts events and acknowledges them. A batch that Postgres refuses is halved until what it refuses stands alone.
    async fn archive(&self, deliveries: Vec<EventDelivery>) {
        let mut batches = vec![deliveries];
        while let Some(mut batch) = batches.pop() {
            match self.insert(&batch).await {
                Outcome::Archived => acknowledge(batch).await,
                Outcome::Stopped => return,
                Outcome::Refused(reason) if batch.len() == 1 => {
                    for delivery in batch {
                        self.give_up(delivery, &reason).await;
                    }
                }
                Outcome::Refused(_) => {
                    let rest = batch.split_off(batch.len() / 2);
                    batches.extend([rest, batch]);
                }
            }
        }
    }

    /// Inserts until it is done or known to be impossible. Meanwhile the events stay taken.
    async fn insert(&self, batch: &[EventDelivery]) -> Outcome {
        let events: Vec<&Envelope> = batch.iter().map(|delivery| &delivery.event).collect();
        if events.is_empty() {
            return Outcome::Archived;
        }
        let Shared {
            storage,
            metrics,
            troubles,
            ..
        } = &*self.shared;
        let mut backoff = Backoff::CONNECTION;
        loop {
            match storage.archive_events(&events).await {
                Ok(new) => {
                    troubles.over(&self.name);
                    metrics.archived(&self.name, new);
                    return Outcome::Archived;
                }
                Err(error) if error.refuses_data() => return Outcome::Refused(error.to_string()),
                Err(error) => troubles.begin(&self.name, &error),
            }
            tokio::select! {
                () = self.soft.cancelled() => return Outcome::Stopped,
                () = tokio::time::sleep(backoff.wait()) => {}
            }
        }
    }

    async fn give_up(&self, delivery: EventDelivery, reason: &str) {
        let id = delivery.event.id;
        tracing::warn!(domain = self.name, event = %id, reason, "an event cannot be archived and is a dead letter now");
        self.shared.metrics.left_out(&self.name, "refused", 1);
        if let Err(error) = delivery.fail(reason).await {
            tracing::info!(event = %id, %error, "an event was not settled and will come again");
        }
    }
}

/// What became of a batch.
enum Outcome {
    /// It is durable.
    Archived,
    /// Postgres does not take some of it.
    Refused(String),
    /// The service stops, and Postgres did not answer.
    Stopped,
}

async fn acknowledge(deliveries: Vec<EventDelivery>) {
    let count = deliveries.len();
    let settled = join_all(deliveries.into_iter().map(EventDelivery::ack)).await;
    if let Some(error) = settled.into_iter().find_map(Result::err) {
        tracing::info!(count, %error, "archived events were not all acknowledged and will come again");
    }
}

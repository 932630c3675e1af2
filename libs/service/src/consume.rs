//! Consuming events: each handled once, acknowledged after that.
//!
//! Events come at least once. Those whose id was handled lately are only acknowledged again. An event whose handler asks
//! for another attempt is left unacknowledged and comes back when its visibility has run out, to this replica or
//! another; after the consumer's limit of attempts the bus makes it a dead letter. Every event gets a trace of its own
//! that is linked to its cause.

use std::future::Future;

use futures::future::join_all;
use mosaic_bus::{Error, EventConsumer, EventDelivery, Settled};
use mosaic_proto::envelope::Envelope;
use mosaic_telemetry::propagation;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::Recent;

/// Events taken at once.
const BATCH: usize = 64;
/// Ids remembered: minutes of a busy installation, half a megabyte.
const REMEMBERED: usize = 8192;

/// Why an event was not handled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It may work later; the event comes again.
    #[error("to be tried again: {0}")]
    Retry(String),
    /// It will never work; the event becomes a dead letter.
    #[error("given up: {0}")]
    Fail(String),
}

/// What a service does with an event.
pub trait EventHandler: Send + Sync + 'static {
    /// Makes the effect of the event durable. May be called again with the same event, after a restart or by another
    /// replica.
    fn handle(&self, event: &Envelope) -> impl Future<Output = Result<(), Rejected>> + Send;
}

/// Handles events until the consumer is closed by its shutdown token; `hard` ends even an event in hand.
pub async fn consume_events(
    mut consumer: EventConsumer,
    handler: impl EventHandler,
    hard: CancellationToken,
) -> Result<(), Error> {
    let mut recent = Recent::new(REMEMBERED);
    let work = async {
        loop {
            let deliveries = match consumer.next(BATCH).await {
                Ok(deliveries) => deliveries,
                Err(Error::Closed) => return Ok(()),
                Err(error) => return Err(error),
            };
            let mut verdicts = Vec::with_capacity(deliveries.len());
            for delivery in deliveries {
                let outcome = handle(&handler, &mut recent, &delivery.event).await;
                verdicts.push(settle(delivery, outcome));
            }
            join_all(verdicts).await;
        }
    };
    tokio::select! {
        ended = work => ended,
        () = hard.cancelled() => Ok(()),
    }
}

async fn handle(
    handler: &impl EventHandler,
    recent: &mut Recent,
    event: &Envelope,
) -> Result<(), Rejected> {
    if recent.contains(event.id) {
        tracing::debug!(event = %event.id, "an event came again and is only acknowledged");
        recent.insert(event.id);
        return Ok(());
    }
    let span = tracing::info_span!(
        parent: None,
        "event.handle",
        event = %event.id,
        kind = %event.type_name,
    );
    if let Some(cause) = &event.traceparent {
        propagation::link(&span, cause);
    }
    handler.handle(event).instrument(span).await?;
    recent.insert(event.id);
    Ok(())
}

async fn settle(delivery: EventDelivery, outcome: Result<(), Rejected>) {
    let (id, attempt) = (delivery.event.id, delivery.attempt);
    let settled = match outcome {
        Ok(()) => delivery.ack().await,
        Err(Rejected::Fail(reason)) => {
            tracing::warn!(event = %id, reason, "an event cannot be handled and is a dead letter now");
            delivery.fail(&reason).await
        }
        Err(Rejected::Retry(reason)) => {
            tracing::warn!(event = %id, attempt, reason, "an event will be tried again");
            return;
        }
    };
    match settled {
        Ok(Settled::Done | Settled::Dead) => {}
        Ok(Settled::Gone) => tracing::debug!(event = %id, "the event was gone when it was settled"),
        Err(error) => {
            tracing::info!(event = %id, %error, "the event was not settled and will come again");
        }
    }
}

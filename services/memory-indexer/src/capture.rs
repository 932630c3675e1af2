//! Hears what was said and noted, and stores it so that words find it at once.

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_domain::MessageId;
use mosaic_proto::envelope::Envelope;
use mosaic_proto::message::v1::MessageCreated;
use mosaic_runtime::clock;
use mosaic_runtime::describe::Counters;
use mosaic_service::{EventCounter, EventHandler, Rejected};
use mosaic_storage::{Captured, Error, NewChunk, Storage};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::worth::worth_remembering;

/// Hears events.
#[derive(Debug)]
pub(crate) struct Hearing {
    pub(crate) capture: Capture,
    pub(crate) seen: EventCounter,
    pub(crate) soft: CancellationToken,
}

/// Captures messages, and wakes who embeds.
#[derive(Debug, Clone)]
pub(crate) struct Capture {
    pub(crate) storage: Storage,
    pub(crate) pending: Arc<Notify>,
    pub(crate) metrics: Metrics,
    pub(crate) counters: Counters,
}

impl EventHandler for Hearing {
    async fn handle(&self, event: &Envelope) -> Result<(), Rejected> {
        self.seen.handle(event).await?;
        match event.type_name.as_str() {
            "message.created" => {
                self.patiently(message_id(event)?).await?;
            }
            // The note is in the record already, uncut.
            "memory.saved" => self.capture.pending.notify_one(),
            // Others of these domains are about something else.
            _ => {}
        }
        Ok(())
    }
}

/// The outcome that leaves something to embed.
const STORED: &str = "stored";

fn message_id(event: &Envelope) -> Result<MessageId, Rejected> {
    let payload: MessageCreated = event
        .payload()
        .map_err(|error| Rejected::Fail(error.to_string()))?;
    payload
        .message_id
        .parse()
        .map_err(|error: mosaic_domain::id::InvalidId| Rejected::Fail(error.to_string()))
}

impl Hearing {
    /// Waits for as long as Postgres is away: given back, the event would be a dead letter after a few minutes, and
    /// what was said in them never be remembered.
    async fn patiently(&self, id: MessageId) -> Result<(), Rejected> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        loop {
            let Err(error) = self.capture.message(id).await else {
                return Ok(());
            };
            if !error.is_transient() {
                return Err(Rejected::Fail(error.to_string()));
            }
            tracing::info!(message = %id, %error, "a message cannot be remembered yet");
            tokio::select! {
                () = self.soft.cancelled() => return Err(Rejected::Retry(error.to_string())),
                () = tokio::time::sleep(backoff.wait()) => {}
            }
        }
    }
}

impl Capture {
    /// Remembers a message, unless it is remembered or forgotten already or says nothing.
    pub(crate) async fn message(&self, id: MessageId) -> Result<(), Error> {
        let outcome = self.store(id).await?;
        if outcome == STORED {
            self.stored();
        } else {
            self.metrics.captured(outcome);
        }
        Ok(())
    }

    /// The same for a message that may well have been heard of before: it is counted only if it is stored.
    pub(crate) async fn overlooked(&self, id: MessageId) -> Result<(), Error> {
        let outcome = self.store(id).await?;
        if outcome == STORED {
            self.stored();
        }
        Ok(())
    }

    fn stored(&self) {
        self.metrics.captured(STORED);
        self.counters.add("memory.captured", 1);
        self.pending.notify_one();
    }

    async fn store(&self, id: MessageId) -> Result<&'static str, Error> {
        let Some(source) = self.storage.memory_source(id).await? else {
            return Ok("known");
        };
        let chunks = if worth_remembering(&source.content) {
            chunks_of(&source.content)
        } else {
            Vec::new()
        };
        if chunks.is_empty() {
            return Ok("trivial");
        }
        let captured = self
            .storage
            .capture_message(source.scope, id, clock::id(), &chunks)
            .await?;
        Ok(match captured {
            Captured::Stored => STORED,
            Captured::Before => "known",
            Captured::Forgotten => "forgotten",
            Captured::Gone => "gone",
        })
    }
}

/// The pieces of a text, each with an id of its own.
pub(crate) fn chunks_of(text: &str) -> Vec<NewChunk> {
    let pieces = mosaic_memory::chunk(text);
    let chunks = pieces.into_iter().map(|content| NewChunk {
        id: clock::id(),
        content,
    });
    chunks.collect()
}

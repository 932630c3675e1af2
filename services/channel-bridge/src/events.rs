//! Hears of messages in conversations that a chat is bound to, and queues the runs that answer them for the chat.
//!
//! Messages that come in by a channel are queued with their transaction already; this is for those sent elsewhere. Both
//! may happen: a run is queued once for a chat.

use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_domain::{ConversationId, Role, RunId};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::message::v1::MessageCreated;
use mosaic_service::{EventCounter, EventHandler, Rejected};

use crate::bridge::{Bridge, new_delivery};

/// Queues runs.
#[derive(Debug)]
pub(crate) struct Mirror {
    pub(crate) bridge: Bridge,
    pub(crate) seen: EventCounter,
}

impl EventHandler for Mirror {
    async fn handle(&self, event: &Envelope) -> Result<(), Rejected> {
        self.seen.handle(event).await?;
        if event.type_name != "message.created" {
            return Ok(());
        }
        let fail = |error: &dyn std::fmt::Display| Rejected::Fail(error.to_string());
        let message: MessageCreated = event.payload().map_err(|error| fail(&error))?;
        if message.role != Role::User.as_str() || message.run_id.is_empty() {
            return Ok(());
        }
        let conversation = message
            .conversation_id
            .parse()
            .map_err(|error| fail(&error))?;
        let run = message.run_id.parse().map_err(|error| fail(&error))?;
        self.queue(conversation, run).await
    }
}

impl Mirror {
    /// Waits for as long as Postgres is away: given back, the event would be a dead letter after a few minutes.
    async fn queue(&self, conversation: ConversationId, run: RunId) -> Result<(), Rejected> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        loop {
            let storage = &self.bridge.storage;
            match storage
                .queue_run_delivery(conversation, run, new_delivery)
                .await
            {
                Ok(entries) => {
                    self.bridge.relay.publish(entries);
                    return Ok(());
                }
                Err(error) if !error.is_transient() => {
                    return Err(Rejected::Fail(error.to_string()));
                }
                Err(error) => {
                    tracing::info!(%conversation, %error, "a run cannot be queued for its chat yet");
                    tokio::select! {
                        () = self.bridge.life.soft().cancelled() => {
                            return Err(Rejected::Retry(error.to_string()));
                        }
                        () = tokio::time::sleep(backoff.wait()) => {}
                    }
                }
            }
        }
    }
}

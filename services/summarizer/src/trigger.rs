//! Noticing that a conversation has grown too long.
//!
//! Every stored message is looked at, a person's as well as an agent's: where runs fail because nothing fits the window any
//! more, no answers are stored. An event that is lost is made up for by the next message.

use mosaic_bus::RelayHandle;
use mosaic_domain::ConversationId;
use mosaic_proto::envelope::Envelope;
use mosaic_proto::message::v1::MessageCreated;
use mosaic_runtime::clock;
use mosaic_service::{EventCounter, EventHandler, Rejected};
use mosaic_storage::Error;

use crate::make::Maker;

/// Wants compactions.
#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) maker: Maker,
    pub(crate) relay: RelayHandle,
    pub(crate) seen: EventCounter,
}

impl EventHandler for Trigger {
    async fn handle(&self, event: &Envelope) -> Result<(), Rejected> {
        self.seen.handle(event).await?;
        if event.type_name != "message.created" {
            return Ok(());
        }
        let payload: Result<MessageCreated, _> = event.payload();
        let payload = payload.map_err(|error| Rejected::Fail(error.to_string()))?;
        // An event without a conversation has nothing to say here.
        let Ok(conversation_id) = payload.conversation_id.parse() else {
            return Ok(());
        };
        self.look(conversation_id)
            .await
            .map_err(|error| Rejected::Retry(error.to_string()))
    }
}

impl Trigger {
    async fn look(&self, conversation_id: ConversationId) -> Result<(), Error> {
        let storage = &self.maker.storage;
        let Some(weight) = storage.conversation_weight(conversation_id).await? else {
            return Ok(());
        };
        match self.maker.is_too_long(&weight) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => {
                // Its runs say so to whoever talks there.
                tracing::debug!(%conversation_id, %error, "a conversation has no model to be measured by");
                return Ok(());
            }
        }
        let wanted = storage
            .request_compaction(conversation_id, clock::now())
            .await?;
        if let Some(entry) = wanted {
            tracing::info!(%conversation_id, bytes = weight.bytes, messages = weight.messages, "a conversation is to be compacted");
            self.relay.publish(vec![entry]);
        }
        Ok(())
    }
}

//! Getting a message accepted, also by a gateway that restarts at this moment.

use std::time::Duration;

use mosaic_client::{NewMessage, Sent};
use mosaic_domain::ConversationId;
use tokio::time::{Instant, sleep};

use super::Chat;
use crate::failure::Failure;
use crate::render::text::printable;

/// A gateway that was there is waited for this long.
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Whether the gateway has answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contact {
    /// Nobody knows whether it is there: its absence is said at once.
    First,
    /// It was there, so it is worth waiting for.
    Known,
}

impl Chat {
    /// Sends a message, beginning a conversation where there is none. The key of the message makes repeating safe.
    pub(super) async fn deliver(
        &self,
        conversation: Option<ConversationId>,
        message: String,
        contact: Contact,
    ) -> Result<Sent, Failure> {
        let message = NewMessage::new(message, self.delivery);
        let (id, contact) = match conversation {
            Some(id) => (id, contact),
            None => (
                self.patiently(contact, || self.client.create_conversation(&self.begin))
                    .await?
                    .id,
                Contact::Known,
            ),
        };
        self.patiently(contact, || self.client.send(id, &message))
            .await
    }

    async fn patiently<T>(
        &self,
        contact: Contact,
        call: impl AsyncFn() -> mosaic_client::Result<T>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match call().await {
                Err(error)
                    if error.is_passing()
                        && contact == Contact::Known
                        && began.elapsed() < PATIENCE =>
                {
                    if self.output.verbose > 0 {
                        let said = format!("{error}; trying again");
                        self.output.say(&printable(&said));
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                answer => return Ok(answer?),
            }
        }
    }
}

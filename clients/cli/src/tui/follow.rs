//! Following the conversation that is open, through any number of lost connections.
//!
//! The order makes it gapless: first the stream is opened, which begins with the first event of the active run or with
//! the next run; then the stored messages are fetched. Whatever ended before the stream began is among the messages, all
//! else comes on the stream; what is in both is told apart by its run. From then on the stream resumes behind the last
//! event it brought.

use std::time::Duration;

use mosaic_client::{ConversationStream, Error, Patience};
use mosaic_domain::ConversationId;
use mosaic_tui::{Event, Watched};
use tokio::time::{sleep, timeout};

use super::link::{Hand, MESSAGES, is_away, messages, why};

/// How often it is looked whether the gateway is there.
const LOOK: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// A gateway that restarts is waited for as long as the interface runs.
const PATIENCE: Patience = Patience {
    first_pause: FIRST_PAUSE,
    longest_pause: LONGEST_PAUSE,
    give_up_after: None,
};

/// One opening of a conversation.
pub(super) struct Follow {
    hand: Hand,
    id: ConversationId,
    watch: u64,
    connected: Option<bool>,
}

impl Follow {
    pub(super) fn new(hand: Hand, id: ConversationId, watch: u64) -> Self {
        Self {
            hand,
            id,
            watch,
            connected: None,
        }
    }

    /// Follows until the conversation is gone or may not be seen any more.
    pub(super) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.open().await {
                Ok(mut stream) => {
                    pause = FIRST_PAUSE;
                    self.frames(&mut stream).await
                }
                Err(error) => error,
            };
            self.connected(!is_away(&error)).await;
            // Events that were missing are in the record: everything is read anew.
            if !error.is_passing() && !matches!(error, Error::Gap { .. } | Error::Silent { .. }) {
                let reason = why(&error);
                self.hand
                    .tell_of(self.watch, Watched::Ended { reason })
                    .await;
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn open(&mut self) -> Result<ConversationStream, Error> {
        let client = &self.hand.client;
        let conversation = Box::new(client.conversation(self.id).await?);
        let stream = client.watch_conversation(self.id, None, PATIENCE).await?;
        let page = client.messages_before(self.id, None, MESSAGES).await?;
        self.connected(true).await;
        let told = [Watched::Opened(conversation), messages(page)];
        for what in told {
            self.hand.tell_of(self.watch, what).await;
        }
        Ok(stream)
    }

    /// Passes on what comes; why nothing more does.
    async fn frames(&mut self, stream: &mut ConversationStream) -> Error {
        loop {
            // Giving up a call of `next` loses nothing.
            let next = timeout(LOOK, stream.next()).await;
            self.connected(stream.is_connected()).await;
            match next {
                Ok(Ok(frame)) => {
                    let frame = Watched::Frame(Box::new(frame));
                    self.hand.tell_of(self.watch, frame).await;
                }
                Ok(Err(error)) => return error,
                Err(_) => {}
            }
        }
    }

    async fn connected(&mut self, connected: bool) {
        if self.connected.replace(connected) != Some(connected) {
            self.hand.tell(Event::Connected(connected)).await;
        }
    }
}

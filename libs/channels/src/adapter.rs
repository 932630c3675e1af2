//! The contract between the bridge and a channel.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::ChannelError;

/// One channel. Calls may come from many tasks at once; what order they keep is up to the caller.
#[async_trait]
pub trait Adapter: Send + Sync + Debug {
    /// The name of the channel, e.g. `telegram`.
    fn name(&self) -> &'static str;

    /// What the channel allows.
    fn limits(&self) -> Limits;

    /// How messages come in.
    fn intake(&self) -> &Intake;

    /// How the channel is, as of the last calls.
    fn health(&self) -> Health;

    /// Makes sure that the channel is there and accepts us. May be called again at any time.
    async fn connect(&self) -> Result<Profile, ChannelError>;

    /// Tells the channel how messages are to come in from now on. May be called again at any time.
    async fn listen(&self) -> Result<(), ChannelError>;

    /// Waits until calls in flight have ended, and lets no new ones begin.
    async fn disconnect(&self);

    /// Waits a while for updates behind this one; those before are forgotten by the channel. Empty if none came.
    async fn updates(&self, after: Option<i64>) -> Result<Vec<Update>, ChannelError>;

    /// Reads an update that was brought to the webhook by somebody who shows `secret`.
    fn receive(&self, secret: &str, body: &[u8]) -> Result<Update, Refused>;

    /// Posts Markdown of at most [`Limits::max_text`] units, and says which message it became.
    async fn send(&self, chat_id: &str, text: &str) -> Result<String, ChannelError>;

    /// Replaces the text of an own message. That it is the same already is a success.
    async fn edit(&self, chat_id: &str, message_id: &str, text: &str) -> Result<(), ChannelError>;

    /// Takes an own message back.
    async fn delete(&self, chat_id: &str, message_id: &str) -> Result<(), ChannelError>;

    /// Shows for a moment that an answer is being written.
    async fn typing(&self, chat_id: &str) -> Result<(), ChannelError>;
}

/// What a channel allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest message, in UTF-16 units.
    pub max_text: usize,
    /// The shortest time between two changes in one chat.
    pub min_edit_interval: Duration,
    /// How long a sign of typing stays.
    pub typing_lasts: Duration,
}

/// How messages come in.
#[derive(Debug, Clone)]
pub enum Intake {
    /// The bridge asks for them.
    Polling,
    /// The channel brings them.
    Webhook {
        /// Where to.
        url: String,
        /// What it shows there.
        secret: SecretString,
    },
}

/// How the channel knows us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name by which people find the bot, without `@`.
    pub username: String,
}

/// How a channel is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// In one word.
    pub state: HealthState,
    /// What is wrong, where something is.
    pub detail: String,
    /// How the channel knows us, once it was reached.
    pub profile: Option<Profile>,
}

/// How a channel is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthState {
    /// It answers.
    Connected,
    /// It answered before, and does not now.
    Degraded,
    /// It has not answered yet, or refuses us.
    Disconnected,
}

/// Something that happened in the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The channel's number for it.
    pub id: i64,
    /// A message of a person; nothing for everything else.
    pub message: Option<InboundMessage>,
}

/// A message of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Where it was written.
    pub chat_id: String,
    /// Whether nobody but the sender and the bot reads there.
    pub private: bool,
    /// Who wrote it.
    pub sender: Sender,
    /// What was written.
    pub content: Content,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The channel's id of the account; it never changes.
    pub id: String,
    /// The name they show. Theirs to choose: says nothing about who they are.
    pub display_name: String,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text(String),
    /// Something that is not supported, in a word: `photo`, `voice message`.
    Other(&'static str),
}

/// Why a delivery to the webhook is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no webhook, or the sender did not show its secret. Which of the two is nobody's business.
    #[error("not the channel")]
    Stranger,
    /// The sender showed the secret, and the body is no update.
    #[error("no update: {0}")]
    Malformed(String),
}

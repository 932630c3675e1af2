//! The chat channels: which are on, and how they are reached.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::unset;
use crate::errors::Faults;
use crate::redact;

/// The shortest secret of a webhook.
const SHORTEST_SECRET: usize = 16;
/// The longest that Telegram takes.
const LONGEST_SECRET: usize = 256;

/// `[channels]`: places outside of Mosaic where people write.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ChannelsConfig {
    /// Telegram.
    pub telegram: TelegramConfig,
}

/// `[channels.telegram]`: a Telegram bot.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct TelegramConfig {
    /// The bot's token; without one the channel is off.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::secret")]
    pub token: Option<SecretString>,
    /// Where the Bot API is.
    #[serde(serialize_with = "redact::text_url")]
    pub api_url: String,
    /// How messages come in.
    pub mode: ChannelMode,
    /// Where Telegram brings them in mode `webhook`.
    #[serde(
        deserialize_with = "unset::read",
        serialize_with = "redact::optional_text_url"
    )]
    pub webhook_url: Option<String>,
    /// What it shows there.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::secret")]
    pub webhook_secret: Option<SecretString>,
}

/// How messages of a channel come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelMode {
    /// The channel bridge asks for them.
    Polling,
    /// The channel brings them to the gateway.
    Webhook,
}

impl ChannelsConfig {
    pub(crate) fn validate(&self, faults: &mut Faults) {
        self.telegram.validate(faults);
    }
}

impl TelegramConfig {
    fn validate(&self, faults: &mut Faults) {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ":_-".contains(letter);
        if let Some(token) = &self.token
            && !token.expose_secret().chars().all(plain)
        {
            faults.add(
                "channels.telegram.token",
                "not a token of a Telegram bot",
                "copy it whole from BotFather; it looks like 123456:ABC-def",
            );
        }
        if !is_http(&self.api_url) {
            faults.add(
                "channels.telegram.api_url",
                "not an http or https address",
                "write it like https://api.telegram.org",
            );
        }
        if self.mode == ChannelMode::Webhook {
            self.validate_webhook(faults);
        }
    }

    fn validate_webhook(&self, faults: &mut Faults) {
        if !self.webhook_url.as_deref().is_some_and(is_http) {
            faults.add(
                "channels.telegram.webhook_url",
                "mode is \"webhook\" and this is not an http or https address",
                "write https://your-gateway/api/channels/telegram/webhook",
            );
        }
        let secret = self
            .webhook_secret
            .as_ref()
            .map(secrecy::ExposeSecret::expose_secret);
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        let fits = secret.is_some_and(|secret| {
            (SHORTEST_SECRET..=LONGEST_SECRET).contains(&secret.len()) && secret.chars().all(plain)
        });
        if !fits {
            faults.add(
                "channels.telegram.webhook_secret",
                format!(
                    "mode is \"webhook\" and this is not {SHORTEST_SECRET} to {LONGEST_SECRET} letters, digits, - and _"
                ),
                "make one with `openssl rand -hex 24`",
            );
        }
    }
}

fn is_http(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

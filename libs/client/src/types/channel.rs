//! Chat channels.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A chat channel, and one's own accounts there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// e.g. `telegram`.
    pub name: String,
    /// `connected`, `degraded`, `disconnected` or `off`.
    pub health: String,
    /// What is wrong, where something is.
    #[serde(default)]
    pub detail: Option<String>,
    /// The bot's name there, without `@`.
    #[serde(default)]
    pub username: Option<String>,
    /// `polling` or `webhook`.
    #[serde(default)]
    pub mode: Option<String>,
    /// One's own accounts.
    #[serde(default)]
    pub links: Vec<ChannelLink>,
}

/// An account of a channel that belongs to the caller.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelLink {
    /// The link.
    pub id: Uuid,
    /// The name the account showed when it was linked.
    pub display_name: String,
    /// The channel's id of the account.
    pub external_user_id: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// A code that links an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkCode {
    /// The channel it is for.
    pub channel: String,
    /// The code.
    pub code: String,
    /// What to send to the bot.
    pub command: String,
    /// Opens the bot with the code, where the bot's name is known.
    #[serde(default)]
    pub url: Option<String>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
}

/// Who answers conversations that begin in a chat.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelMapping {
    /// The chat, or `*` for every chat that has no mapping of its own.
    pub chat: String,
    /// The agent.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    #[serde(default)]
    pub model: Option<String>,
    /// Since when.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
}

//! Chat channels on the wire.

use chrono::{DateTime, Utc};
use mosaic_proto::channel::v1::{Channel, ChannelHealth, ChannelMode};
use mosaic_storage::{ChannelLink, ChannelMapping, EVERY_CHAT};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::Check;
use crate::error::ApiResult;

/// The longest id of a chat.
const CHAT_CHARS: usize = 100;

/// How a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HealthName {
    /// It answers.
    Connected,
    /// It answered before, and does not now.
    Degraded,
    /// It has not answered yet, or refuses the token, or no channel-bridge runs.
    Disconnected,
    /// It is not configured.
    Off,
}

/// How messages of a channel come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ModeName {
    /// channel-bridge asks for them.
    Polling,
    /// The channel brings them to the gateway.
    Webhook,
}

/// A chat channel, and the caller's accounts there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelBody {
    /// e.g. `telegram`.
    pub name: String,
    /// How it is.
    pub health: HealthName,
    /// What is wrong, where something is.
    pub detail: Option<String>,
    /// The bot's name there, without `@`.
    pub username: Option<String>,
    /// How messages come in.
    pub mode: Option<ModeName>,
    /// The caller's linked accounts.
    pub links: Vec<LinkBody>,
}

impl ChannelBody {
    /// A channel of which the bridge says nothing, for this reason.
    pub(crate) fn silent(name: &str, health: HealthName, detail: &str) -> Self {
        Self {
            name: name.to_owned(),
            health,
            detail: Some(detail.to_owned()),
            username: None,
            mode: None,
            links: Vec::new(),
        }
    }
}

impl From<Channel> for ChannelBody {
    fn from(channel: Channel) -> Self {
        let health = match channel.health() {
            ChannelHealth::Connected => HealthName::Connected,
            ChannelHealth::Degraded => HealthName::Degraded,
            ChannelHealth::Disconnected | ChannelHealth::Unspecified => HealthName::Disconnected,
        };
        let mode = match channel.mode() {
            ChannelMode::Polling => Some(ModeName::Polling),
            ChannelMode::Webhook => Some(ModeName::Webhook),
            ChannelMode::Unspecified => None,
        };
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            name: channel.name,
            health,
            detail: said(channel.detail),
            username: said(channel.username),
            mode,
            links: Vec::new(),
        }
    }
}

/// The channels there are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelList {
    /// By name.
    pub items: Vec<ChannelBody>,
}

/// An account of a channel that belongs to the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkBody {
    /// The link.
    pub id: Uuid,
    /// The name the account showed when it was linked.
    pub display_name: String,
    /// The channel's id of the account.
    pub external_user_id: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl From<ChannelLink> for LinkBody {
    fn from(link: ChannelLink) -> Self {
        Self {
            id: link.id.uuid(),
            display_name: link.display_name,
            external_user_id: link.external_user_id,
            created_at: link.created_at,
        }
    }
}

/// A code that links an account: shown this once, used once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkCodeBody {
    /// The channel it is for.
    pub channel: String,
    /// The code.
    pub code: String,
    /// What to send to the bot.
    pub command: String,
    /// Opens the bot with the code, where the bot's name is known.
    pub url: Option<String>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
}

/// Who answers conversations that begin in a chat.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappingBody {
    /// The chat, or `*` for every chat that has no mapping of its own.
    pub chat: String,
    /// The agent.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// Since when.
    pub updated_at: DateTime<Utc>,
}

impl From<ChannelMapping> for MappingBody {
    fn from(mapping: ChannelMapping) -> Self {
        Self {
            chat: mapping.chat_id,
            agent: mapping.agent,
            model: mapping.model,
            updated_at: mapping.updated_at,
        }
    }
}

/// The mappings of a channel.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappingList {
    /// By chat.
    pub items: Vec<MappingBody>,
}

/// A mapping to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewMappingBody {
    /// The chat, or `*` for every chat that has no mapping of its own.
    #[serde(default = "every_chat")]
    #[schema(min_length = 1, max_length = 100)]
    pub chat: String,
    /// The agent.
    #[schema(min_length = 1)]
    pub agent: String,
    /// `provider/model`; the agent's own unless said.
    #[schema(min_length = 1, max_length = 200)]
    pub model: Option<String>,
}

fn every_chat() -> String {
    EVERY_CHAT.to_owned()
}

/// Which mapping.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct MappingQuery {
    /// The chat, or `*`.
    #[param(min_length = 1, max_length = 100)]
    pub chat: String,
}

/// Notes an id that is no chat's.
pub(crate) fn check_chat(chat: &str, check: &mut Check) {
    check.text("chat", chat, CHAT_CHARS);
}

impl MappingQuery {
    /// Checks it.
    pub(crate) fn into_chat(self) -> ApiResult<String> {
        let mut check = Check::default();
        check_chat(&self.chat, &mut check);
        check.done()?;
        Ok(self.chat)
    }
}

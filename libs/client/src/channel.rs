//! Chat channels over the API.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::{Channel, ChannelMapping, Client, Items, LinkCode, Result};

impl Client {
    /// The chat channels, with one's own accounts there.
    pub async fn channels(&self) -> Result<Items<Channel>> {
        self.get(self.route(&["api", "channels"])).await
    }

    /// A code that links an account of a channel.
    pub async fn link_channel(&self, channel: &str) -> Result<LinkCode> {
        let url = self.route(&["api", "channels", channel, "links"]);
        self.call(Method::POST, url, None::<&()>).await
    }

    /// Unlinks an account.
    pub async fn unlink_channel(&self, channel: &str, id: Uuid) -> Result<()> {
        let url = self.route(&["api", "channels", channel, "links", &id.to_string()]);
        self.call_empty(Method::DELETE, url).await
    }

    /// Which agents answer in a channel's chats. For owners and admins.
    pub async fn channel_mappings(&self, channel: &str) -> Result<Items<ChannelMapping>> {
        self.get(self.route(&["api", "channels", channel, "mappings"]))
            .await
    }

    /// Says which agent answers in a chat, or in every chat (`*`). For owners and admins.
    pub async fn map_channel(
        &self,
        channel: &str,
        chat: &str,
        agent: &str,
        model: Option<&str>,
    ) -> Result<ChannelMapping> {
        let mut body = json!({"chat": chat, "agent": agent});
        if let Some(model) = model {
            body["model"] = model.into();
        }
        let url = self.route(&["api", "channels", channel, "mappings"]);
        self.call(Method::PUT, url, Some(&body)).await
    }

    /// Removes a mapping. For owners and admins.
    pub async fn unmap_channel(&self, channel: &str, chat: &str) -> Result<()> {
        let mut url = self.route(&["api", "channels", channel, "mappings"]);
        url.query_pairs_mut().append_pair("chat", chat);
        self.call_empty(Method::DELETE, url).await
    }
}

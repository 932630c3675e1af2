//! The calls that answer at once.

use mosaic_domain::{ConversationId, RunId};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::{
    Agent, Client, Conversation, ConversationChange, Items, Message, Model, NewConversation,
    NewMessage, Page, Result, Run, Sent, Stopped, System,
};

impl Client {
    /// Whether the gateway is there and is set up; needs no token.
    pub async fn bootstrap_status(&self) -> Result<Value> {
        self.get(self.route(&["api", "bootstrap", "status"])).await
    }

    /// Begins a conversation.
    pub async fn create_conversation(&self, new: &NewConversation) -> Result<Conversation> {
        self.call(
            Method::POST,
            self.route(&["api", "conversations"]),
            Some(new),
        )
        .await
    }

    /// One page of conversations, the newest first.
    pub async fn conversations(
        &self,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Conversation>> {
        let mut url = with_limit(self.route(&["api", "conversations"]), limit);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.get(url).await
    }

    /// One conversation.
    pub async fn conversation(&self, id: ConversationId) -> Result<Conversation> {
        self.get(self.of_conversation(id, &[])).await
    }

    /// Gives a conversation another title, agent or model.
    pub async fn change_conversation(
        &self,
        id: ConversationId,
        change: &ConversationChange,
    ) -> Result<Conversation> {
        self.call(Method::PATCH, self.of_conversation(id, &[]), Some(change))
            .await
    }

    /// The agents that can be chosen, the usual one first.
    pub async fn agents(&self) -> Result<Items<Agent>> {
        self.get(self.route(&["api", "agents"])).await
    }

    /// The models that can be chosen.
    pub async fn models(&self) -> Result<Items<Model>> {
        self.get(self.route(&["api", "models"])).await
    }

    /// Deletes a conversation with everything in it.
    pub async fn delete_conversation(&self, id: ConversationId) -> Result<()> {
        self.call_empty(Method::DELETE, self.of_conversation(id, &[]))
            .await
    }

    /// Messages of a conversation after position `after`, in order.
    pub async fn messages(
        &self,
        id: ConversationId,
        after: i64,
        limit: u32,
    ) -> Result<Page<Message>> {
        let mut url = with_limit(self.of_conversation(id, &["messages"]), limit);
        url.query_pairs_mut()
            .append_pair("after", &after.to_string());
        self.get(url).await
    }

    /// Messages of a conversation just before position `before`, or its newest ones, in order.
    pub async fn messages_before(
        &self,
        id: ConversationId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<Message>> {
        let mut url = with_limit(self.of_conversation(id, &["messages"]), limit);
        if let Some(before) = before {
            url.query_pairs_mut()
                .append_pair("before", &before.to_string());
        }
        self.get(url).await
    }

    /// Sends a message. Its key makes it safe to call this again after an error.
    pub async fn send(&self, id: ConversationId, message: &NewMessage) -> Result<Sent> {
        self.call(
            Method::POST,
            self.of_conversation(id, &["messages"]),
            Some(message),
        )
        .await
    }

    /// The newest runs of a conversation.
    pub async fn runs(&self, id: ConversationId, limit: u32) -> Result<Items<Run>> {
        self.get(with_limit(self.of_conversation(id, &["runs"]), limit))
            .await
    }

    /// One run.
    pub async fn run(&self, id: RunId) -> Result<Run> {
        self.get(self.route(&["api", "runs", &id.to_string()]))
            .await
    }

    /// Stops a run.
    pub async fn stop(&self, id: RunId, reason: Option<&str>) -> Result<Stopped> {
        let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
        let url = self.route(&["api", "runs", &id.to_string(), "stop"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// What runs and how it is.
    pub async fn system(&self) -> Result<System> {
        self.get(self.route(&["api", "system"])).await
    }

    /// A route whose answer comes in pages.
    pub(crate) fn paged(&self, parts: &[&str], cursor: Option<&str>) -> Url {
        let mut url = self.route(parts);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        url
    }

    pub(crate) fn of_conversation(&self, id: ConversationId, rest: &[&str]) -> Url {
        let id = id.to_string();
        let parts: Vec<&str> = ["api", "conversations", &id]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        self.route(&parts)
    }
}

fn with_limit(mut url: Url, limit: u32) -> Url {
    url.query_pairs_mut()
        .append_pair("limit", &limit.to_string());
    url
}

//! The calls about what is remembered.

use chrono::SecondsFormat;
use mosaic_domain::{ConversationId, MemoryId, MemoryKind};
use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::{Client, Forgotten, MemoriesFound, Memory, MemorySearch, Page, Result};

impl Client {
    /// Searches by words and by meaning.
    pub async fn search_memory(&self, search: &MemorySearch) -> Result<MemoriesFound> {
        let mut url = self.route(&["api", "memory", "search"]);
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("q", &search.query);
            if let Some(limit) = search.limit {
                query.append_pair("limit", &limit.to_string());
            }
            if let Some(kind) = search.kind {
                query.append_pair("kind", kind.as_str());
            }
            if let Some(id) = search.conversation_id {
                query.append_pair("conversationId", &id.to_string());
            }
            if let Some(since) = search.since {
                query.append_pair("since", &since.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            }
        }
        self.get(url).await
    }

    /// One page of what is remembered, the newest first.
    pub async fn memories(
        &self,
        kind: Option<MemoryKind>,
        conversation: Option<ConversationId>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Memory>> {
        let mut url = self.route(&["api", "memory"]);
        url.query_pairs_mut()
            .append_pair("limit", &limit.to_string());
        if let Some(kind) = kind {
            url.query_pairs_mut().append_pair("kind", kind.as_str());
        }
        if let Some(id) = conversation {
            url = with_conversation(url, id);
        }
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.get(url).await
    }

    /// One memory.
    pub async fn memory(&self, id: MemoryId) -> Result<Memory> {
        self.get(self.route(&["api", "memory", &id.to_string()]))
            .await
    }

    /// Saves a note.
    pub async fn save_memory(&self, content: &str) -> Result<Memory> {
        let body = json!({ "content": content });
        let url = self.route(&["api", "memory"]);
        self.call(Method::POST, url, Some(&body)).await
    }

    /// Forgets a memory and what agents said and noted because of it.
    pub async fn forget_memory(&self, id: MemoryId) -> Result<Forgotten> {
        let url = self.route(&["api", "memory", &id.to_string()]);
        self.call::<Forgotten>(Method::DELETE, url, None::<&()>)
            .await
    }

    /// Forgets everything that was said in a conversation so far.
    pub async fn forget_conversation(&self, id: ConversationId) -> Result<Forgotten> {
        let url = with_conversation(self.route(&["api", "memory"]), id);
        self.call::<Forgotten>(Method::DELETE, url, None::<&()>)
            .await
    }
}

fn with_conversation(mut url: Url, id: ConversationId) -> Url {
    url.query_pairs_mut()
        .append_pair("conversationId", &id.to_string());
    url
}

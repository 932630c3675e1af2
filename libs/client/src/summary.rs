//! The calls about summaries.

use mosaic_domain::{ConversationId, SummaryKind};
use reqwest::Method;
use serde_json::json;

use crate::{Client, Page, Result, Summary, SummaryWanted};

impl Client {
    /// One page of summaries, the newest first: of one conversation or of all.
    pub async fn summaries(
        &self,
        conversation: Option<ConversationId>,
        kind: Option<SummaryKind>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Summary>> {
        let mut url = match conversation {
            Some(id) => self.route(&["api", "conversations", &id.to_string(), "summaries"]),
            None => self.route(&["api", "summaries"]),
        };
        url.query_pairs_mut()
            .append_pair("limit", &limit.to_string());
        if let Some(kind) = kind {
            url.query_pairs_mut().append_pair("kind", kind.as_str());
        }
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.get(url).await
    }

    /// Asks for a summary of a conversation.
    pub async fn make_summary(
        &self,
        conversation: ConversationId,
        kind: SummaryKind,
    ) -> Result<SummaryWanted> {
        let url = self.route(&[
            "api",
            "conversations",
            &conversation.to_string(),
            "summaries",
        ]);
        let body = json!({ "kind": kind.as_str() });
        self.call(Method::POST, url, Some(&body)).await
    }
}

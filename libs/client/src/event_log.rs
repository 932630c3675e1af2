//! The archive of events.

use crate::{BusEvent, BusEventFilter, Client, Page, Result};

/// Which archived events, in which order.
#[derive(Debug, Clone, Default)]
pub struct EventLogQuery {
    /// Of which type, about what, and from when on.
    pub filter: BusEventFilter,
    /// Only what happened before this time (RFC 3339).
    pub until: Option<String>,
    /// As they happened instead of the newest first.
    pub oldest_first: bool,
}

impl Client {
    /// One page of archived events. For owners and admins.
    pub async fn event_log(
        &self,
        query: &EventLogQuery,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<BusEvent>> {
        let BusEventFilter {
            kind,
            subject,
            since,
        } = &query.filter;
        let order = if query.oldest_first {
            "oldest"
        } else {
            "newest"
        };
        let mut url = self.route(&["api", "event-log"]);
        url.query_pairs_mut()
            .append_pair("limit", &limit.to_string())
            .append_pair("order", order);
        for (name, value) in [
            ("type", kind.as_deref()),
            ("subject", subject.as_deref()),
            ("since", since.as_deref()),
            ("until", query.until.as_deref()),
            ("cursor", cursor),
        ] {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        self.get(url).await
    }
}

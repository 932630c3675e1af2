//! The last event that a client of a stream has seen.

use axum::extract::FromRequestParts;
use http::request::Parts;
use mosaic_domain::EventId;
use mosaic_error::{ErrorCode, Problem};

use crate::error::ApiError;

/// The header that browsers send by themselves when they reconnect.
const LAST_EVENT_ID: &str = "last-event-id";

/// What the header `Last-Event-ID` says; an empty one says nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastEventId(pub Option<EventId>);

impl LastEventId {
    /// The header, or else the query parameter for clients that cannot send headers.
    pub(crate) fn or_query(self, query: Option<&str>) -> Result<Option<EventId>, ApiError> {
        match self.0 {
            Some(id) => Ok(Some(id)),
            None => query.filter(|text| !text.is_empty()).map(parse).transpose(),
        }
    }
}

/// Reads an event id as a stream sent it.
pub(crate) fn parse(text: &str) -> Result<EventId, ApiError> {
    text.parse().map_err(|error| {
        Problem::new(
            ErrorCode::InvalidArgument,
            format!("Last-Event-ID: {error}."),
        )
        .with_remedy("Send the `id` of the last event you received, or leave it out to begin anew.")
        .with_field("lastEventId", "is not an event id")
        .into()
    })
}

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(header) = parts.headers.get(LAST_EVENT_ID) else {
            return Ok(Self(None));
        };
        let text = String::from_utf8_lossy(header.as_bytes());
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self(None));
        }
        parse(text).map(|id| Self(Some(id)))
    }
}

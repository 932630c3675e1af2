//! `GET /api/conversations/{id}/events`

use axum::extract::State;
use axum::response::Response;
use mosaic_domain::ConversationId;

use crate::error::ApiResult;
use crate::extract::{Identity, LastEventId, PathId, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::stream::Sse;
use crate::wire::WatchQuery;

/// Watches a conversation: all events of its runs, from the active run's first event on, or behind the last event that was
/// received. Stays open.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/events",
    operation_id = "watchConversation",
    tag = "conversations",
    params(
        ("id" = uuid::Uuid, Path, description = "The conversation"),
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was received"),
        WatchQuery,
    ),
    responses((status = OK, content_type = "text/event-stream", body = String, description = "Events"), Reading)
)]
pub(crate) async fn watch(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    last: LastEventId,
    QueryString(query): QueryString<WatchQuery>,
) -> ApiResult<Response> {
    let last = last.or_query(query.last_event_id.as_deref())?;
    let permit = gateway.stream_permit(&identity)?;
    let watch = gateway.watch_conversation(&identity, id, last).await?;
    Ok(Sse::new(&gateway, identity, permit).conversation(watch))
}

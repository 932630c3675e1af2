//! `GET /api/runs/{id}/events`

use axum::extract::State;
use axum::response::Response;
use mosaic_domain::RunId;

use crate::error::ApiResult;
use crate::extract::{Identity, LastEventId, PathId, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::stream::Sse;
use crate::wire::WatchQuery;

/// Watches a run: its events from the first, or behind the last that was received, to the one that ends it. Works while the run
/// goes on and at any time later.
#[utoipa::path(
    get,
    path = "/api/runs/{id}/events",
    operation_id = "watchRun",
    tag = "runs",
    params(
        ("id" = uuid::Uuid, Path, description = "The run"),
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was received"),
        WatchQuery,
    ),
    responses((status = OK, content_type = "text/event-stream", body = String, description = "Events"), Reading)
)]
pub(crate) async fn watch(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<RunId>,
    last: LastEventId,
    QueryString(query): QueryString<WatchQuery>,
) -> ApiResult<Response> {
    let last = last.or_query(query.last_event_id.as_deref())?;
    let permit = gateway.stream_permit(&identity)?;
    let watch = gateway.watch_run(&identity, id, last).await?;
    Ok(Sse::new(&gateway, identity, permit).run(watch))
}

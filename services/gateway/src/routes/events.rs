//! `GET /api/events`

use axum::extract::State;
use axum::response::Response;
use mosaic_bus::{EventFilter, Tail};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::stream::Sse;
use crate::wire::EventQuery;

/// Follows the events of the caller's workspace as CloudEvents. For owners and admins. Stays open.
#[utoipa::path(
    get,
    path = "/api/events",
    operation_id = "watchEvents",
    tag = "operation",
    params(EventQuery),
    responses((status = OK, content_type = "text/event-stream", body = String, description = "Events"), Reading)
)]
pub(crate) async fn events(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<EventQuery>,
) -> ApiResult<Response> {
    identity.allow(Action::Operate)?;
    let permit = gateway.stream_permit(&identity)?;
    let tail = gateway.bus.events().tail(Tail {
        domains: Vec::new(),
        since: query.since,
        filter: EventFilter {
            type_name: query.r#type,
            subject: query.subject,
        },
    });
    Ok(Sse::new(&gateway, identity, permit).events(tail))
}

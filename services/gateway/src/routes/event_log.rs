//! `GET /api/event-log`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;
use mosaic_storage::EventLogList;

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{EventLogBody, EventLogQuery};

/// Archived events of the caller's workspace as CloudEvents, the newest first unless said. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/event-log",
    operation_id = "listEvents",
    tag = "operation",
    params(EventLogQuery),
    responses((status = OK, body = EventLogBody, description = "One page"), Reading)
)]
pub(crate) async fn event_log(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<EventLogQuery>,
) -> ApiResult<Json<EventLogBody>> {
    identity.allow(Action::Operate)?;
    let list = query.into_list()?;
    let limit = list.limit;
    // One more than asked for tells whether the list goes on.
    let wanted = EventLogList {
        limit: limit + 1,
        ..list
    };
    let scope = identity.caller.scope;
    let found = gateway.storage.event_log(scope, &wanted).await?;
    Ok(Json(EventLogBody::page(found, limit)))
}

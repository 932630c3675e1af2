//! `GET /api/queues/{queue}/jobs`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::{Action, may};

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{PeekQuery, QueuedJobList};

/// Jobs that wait on a task queue or are in work, without taking them. Those of other workspaces are concealed from who runs
/// the installation, and not there for others. For owners and
/// admins.
#[utoipa::path(
    get,
    path = "/api/queues/{queue}/jobs",
    operation_id = "peekQueue",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue"), PeekQuery),
    responses((status = OK, body = QueuedJobList, description = "The jobs"), Reading)
)]
pub(crate) async fn jobs(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(queue): Path<String>,
    QueryString(query): QueryString<PeekQuery>,
) -> ApiResult<Json<QueuedJobList>> {
    identity.allow(Action::Operate)?;
    let (places, limit) = query.into_places()?;
    let queue = gateway.queue(&queue).await?;
    let workspace = identity.caller.scope.workspace_id;
    let sees = (
        workspace,
        may(&identity.caller, Action::OperateInstallation),
    );
    let mut list = QueuedJobList { items: Vec::new() };
    for place in places {
        let free = limit.saturating_sub(list.items.len());
        if free == 0 {
            break;
        }
        list.extend(place, queue.peek(place, free).await?, sees);
    }
    Ok(Json(list))
}

//! `GET /api/queues/{queue}/dead`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::{Action, may};

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::queues::own_dead;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{DeadJobList, DeadQuery};

/// Jobs of a task queue that were given up on, and why, the newest first. Those of other workspaces are concealed from who
/// runs the installation, and not there for others, whose list ends behind 5,000 of them. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/queues/{queue}/dead",
    operation_id = "listDeadJobs",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue"), DeadQuery),
    responses((status = OK, body = DeadJobList, description = "One page"), Reading)
)]
pub(crate) async fn dead(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(queue): Path<String>,
    QueryString(query): QueryString<DeadQuery>,
) -> ApiResult<Json<DeadJobList>> {
    identity.allow(Action::Operate)?;
    let (before, limit) = query.into_page()?;
    let queue = gateway.queue(&queue).await?;
    let workspace = identity.caller.scope.workspace_id;
    let installation = may(&identity.caller, Action::OperateInstallation);
    let page = if installation {
        queue.dead_page(before.as_deref(), limit).await?
    } else {
        own_dead(&queue, workspace, before, limit).await?
    };
    Ok(Json(DeadJobList::new(page, workspace, installation)))
}

//! `GET /api/queues/{queue}`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::{Action, may};

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::QueueBody;

/// The numbers of a task queue, and why it is paused if it is. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/queues/{queue}",
    operation_id = "readQueue",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue")),
    responses((status = OK, body = QueueBody, description = "The queue"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
    Path(queue): Path<String>,
) -> ApiResult<Json<QueueBody>> {
    identity.allow(Action::Operate)?;
    let queue = gateway.queue(&queue).await?;
    let installation = may(&identity.caller, Action::OperateInstallation);
    Ok(Json(gateway.queue_body(&queue, installation).await?))
}

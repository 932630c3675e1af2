//! `POST /api/queues/{queue}/pause`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{QueueBody, QueueReasonBody};

/// Has a task queue hand out no more jobs, for everybody and through every restart, until it is resumed. Once this has answered
/// nobody gets another one; jobs in work are finished. For owners and admins of the home
/// workspace.
#[utoipa::path(
    post,
    path = "/api/queues/{queue}/pause",
    operation_id = "pauseQueue",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue")),
    request_body = QueueReasonBody,
    responses((status = OK, body = QueueBody, description = "The queue: paused"), Writing)
)]
pub(crate) async fn pause(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path(queue): Path<String>,
    JsonBody(body): JsonBody<QueueReasonBody>,
) -> ApiResult<Json<QueueBody>> {
    let command = QueueCommand::new((&identity, address), "queue.pause", &queue);
    gateway
        .require_operator(&identity, Action::OperateInstallation, &command)
        .await?;
    let reason = body.into_reason()?;
    let command = command.because(Some(reason.clone()));
    let body = gateway.pause_queue(command, &queue, reason).await?;
    Ok(Json(body))
}

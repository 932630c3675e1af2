//! `POST /api/queues/{queue}/resume`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{QueueBody, QueueReasonBody};

/// Has a paused task queue hand out jobs again. For owners and admins of the home
/// workspace.
#[utoipa::path(
    post,
    path = "/api/queues/{queue}/resume",
    operation_id = "resumeQueue",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue")),
    request_body = QueueReasonBody,
    responses((status = OK, body = QueueBody, description = "The queue"), Writing)
)]
pub(crate) async fn resume(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path(queue): Path<String>,
    JsonBody(body): JsonBody<QueueReasonBody>,
) -> ApiResult<Json<QueueBody>> {
    let command = QueueCommand::new((&identity, address), "queue.resume", &queue);
    gateway
        .require_operator(&identity, Action::OperateInstallation, &command)
        .await?;
    let command = command.because(Some(body.into_reason()?));
    let body = gateway.resume_queue(command, &queue).await?;
    Ok(Json(body))
}

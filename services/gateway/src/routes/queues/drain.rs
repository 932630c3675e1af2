//! `POST /api/queues/{queue}/drain`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{DrainedBody, QueueReasonBody};

/// Moves everything that waits on a task queue to its dead letters, with the reason: nothing is lost, and it can be put back. What
/// is in work stays, and what is queued meanwhile may stay; pause first to be sure. For owners and admins of the home
/// workspace.
#[utoipa::path(
    post,
    path = "/api/queues/{queue}/drain",
    operation_id = "drainQueue",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue")),
    request_body = QueueReasonBody,
    responses((status = OK, body = DrainedBody, description = "How many jobs were moved"), Writing)
)]
pub(crate) async fn drain(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path(queue): Path<String>,
    JsonBody(body): JsonBody<QueueReasonBody>,
) -> ApiResult<Json<DrainedBody>> {
    let command = QueueCommand::new((&identity, address), "queue.drain", &queue);
    gateway
        .require_operator(&identity, Action::OperateInstallation, &command)
        .await?;
    let reason = body.into_reason()?;
    let command = command.because(Some(reason.clone()));
    let body = gateway.drain_queue(command, &queue, reason).await?;
    Ok(Json(body))
}

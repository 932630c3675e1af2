//! `POST /api/queues/{queue}/rebuild`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{QueueReasonBody, RebuiltBody};

/// Fills a task queue anew from the record: what waits in Valkey is removed, and what is undone on record is queued again, except
/// for what is in work or dead. For owners and admins of the home
/// workspace.
#[utoipa::path(
    post,
    path = "/api/queues/{queue}/rebuild",
    operation_id = "rebuildQueue",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue")),
    request_body = QueueReasonBody,
    responses((status = OK, body = RebuiltBody, description = "What was done"), Writing)
)]
pub(crate) async fn rebuild(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path(queue): Path<String>,
    JsonBody(body): JsonBody<QueueReasonBody>,
) -> ApiResult<Json<RebuiltBody>> {
    let command = QueueCommand::new((&identity, address), "queue.rebuild", &queue);
    gateway
        .require_operator(&identity, Action::OperateInstallation, &command)
        .await?;
    let command = command.because(Some(body.into_reason()?));
    let body = gateway.rebuild_queue(command, &queue).await?;
    Ok(Json(body))
}

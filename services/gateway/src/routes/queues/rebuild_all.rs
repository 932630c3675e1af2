//! `POST /api/queues/rebuild`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{QueueReasonBody, RebuiltList};

/// Fills every task queue anew from the record, as for one. For owners and admins of the home
/// workspace.
#[utoipa::path(
    post,
    path = "/api/queues/rebuild",
    operation_id = "rebuildQueues",
    tag = "operation",
    request_body = QueueReasonBody,
    responses((status = OK, body = RebuiltList, description = "What was done"), Writing)
)]
pub(crate) async fn rebuild_all(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<QueueReasonBody>,
) -> ApiResult<Json<RebuiltList>> {
    let command = QueueCommand::new((&identity, address), "queue.rebuild", "*");
    gateway
        .require_operator(&identity, Action::OperateInstallation, &command)
        .await?;
    let command = command.because(Some(body.into_reason()?));
    Ok(Json(gateway.rebuild_queues(command).await?))
}

//! `POST /api/workers/{id}/drain`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::InstanceId;
use mosaic_identity::Action;

use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::KillBody;

/// Has a worker take no more runs; those in hand are finished. It stays so until it is resumed or ends. For owners and admins of the home workspace.
#[utoipa::path(
    post,
    path = "/api/workers/{id}/drain",
    operation_id = "drainWorker",
    tag = "operation",
    params(("id" = uuid::Uuid, Path, description = "The worker")),
    request_body = KillBody,
    responses((status = NO_CONTENT, description = "It takes no more"), Writing)
)]
pub(crate) async fn drain(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<InstanceId>,
    JsonBody(body): JsonBody<KillBody>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("worker", id.to_string());
    gateway
        .require(&who, Action::OperateInstallation, "worker.drain", target)
        .await?;
    gateway.drain(&who, id, true, &body.into_reason()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

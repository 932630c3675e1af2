//! `POST /api/workers/{id}/resume`

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

/// Has a drained worker take runs again. For owners and admins of the home workspace.
#[utoipa::path(
    post,
    path = "/api/workers/{id}/resume",
    operation_id = "resumeWorker",
    tag = "operation",
    params(("id" = uuid::Uuid, Path, description = "The worker")),
    request_body = KillBody,
    responses((status = NO_CONTENT, description = "It takes runs again"), Writing)
)]
pub(crate) async fn resume(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<InstanceId>,
    JsonBody(body): JsonBody<KillBody>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("worker", id.to_string());
    gateway
        .require(&who, Action::OperateInstallation, "worker.resume", target)
        .await?;
    gateway.drain(&who, id, false, &body.into_reason()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

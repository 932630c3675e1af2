//! `POST /api/runs/kill`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_identity::Action;
use mosaic_storage::Reach;

use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{KillAllBody, KillScope, KilledBody};

/// Ends every run by force that has not ended: the caller's own, or with `"scope": "workspace"` everybody's, which is for owners
/// and admins.
#[utoipa::path(
    post,
    path = "/api/runs/kill",
    operation_id = "killAllRuns",
    tag = "runs",
    request_body = KillAllBody,
    responses((status = ACCEPTED, body = KilledBody, description = "How many"), Writing)
)]
pub(crate) async fn kill_all(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<KillAllBody>,
) -> ApiResult<(StatusCode, Json<KilledBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let scope = identity.caller.scope;
    let (needed, reach) = match body.scope {
        KillScope::Mine => (Action::Converse, Reach::Own(scope)),
        KillScope::Workspace => (Action::Command, Reach::Workspace(scope.workspace_id)),
    };
    gateway
        .require(&who, needed, "run.kill_all", Commander::target(reach))
        .await?;
    let reason = body.into_reason()?;
    let killed = gateway.kill_all(who, reach, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(KilledBody { killed })))
}

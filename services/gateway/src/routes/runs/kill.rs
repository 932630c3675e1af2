//! `POST /api/runs/{id}/kill`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::RunId;
use mosaic_identity::Action;

use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{KillBody, RunEntryBody};

/// Ends a run by force, at once and whether or not its worker answers. Nothing that the worker does afterwards is kept. Owners
/// and admins may kill everybody's.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/kill",
    operation_id = "killRun",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The run")),
    request_body = KillBody,
    responses((status = ACCEPTED, body = RunEntryBody, description = "The run: killed"), Writing)
)]
pub(crate) async fn kill(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<RunId>,
    JsonBody(body): JsonBody<KillBody>,
) -> ApiResult<(StatusCode, Json<RunEntryBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("run", id.to_string());
    gateway
        .require(&who, Action::Converse, "run.kill", target)
        .await?;
    let entry = gateway.kill(&who, id, &body.into_reason()?).await?;
    let reader = identity.caller.scope.user_id;
    let run = RunEntryBody::seen_by(reader, entry);
    Ok((StatusCode::ACCEPTED, Json(run)))
}

//! `POST /api/runs/{id}/stop`

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
use crate::wire::{StopBody, StoppedBody};

/// Stops a run. What it has said so far stays; a run that has ended already is left as it is. Owners and
/// admins may stop everybody's.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/stop",
    operation_id = "stopRun",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The run")),
    request_body = Option<StopBody>,
    responses((status = ACCEPTED, body = StoppedBody, description = "What became of the request"), Writing)
)]
pub(crate) async fn stop(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<RunId>,
    body: Option<JsonBody<Option<StopBody>>>,
) -> ApiResult<(StatusCode, Json<StoppedBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("run", id.to_string());
    gateway
        .require(&who, Action::Converse, "run.stop", target)
        .await?;
    let body = body.and_then(|JsonBody(body)| body).unwrap_or_default();
    let state = gateway.stop(&who, id, body.into_reason()?).await?;
    let run_id = id.uuid();
    Ok((StatusCode::ACCEPTED, Json(StoppedBody { run_id, state })))
}

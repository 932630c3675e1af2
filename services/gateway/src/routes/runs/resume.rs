//! `POST /api/runs/{id}/resume`

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
use crate::wire::{ReasonBody, RunEntryBody};

/// Has a paused run go on, with whatever worker is free. Owners and admins may resume everybody's.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/resume",
    operation_id = "resumeRun",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The run")),
    request_body = Option<ReasonBody>,
    responses((status = ACCEPTED, body = RunEntryBody, description = "The run: queued again"), Writing)
)]
pub(crate) async fn resume(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<RunId>,
    body: Option<JsonBody<Option<ReasonBody>>>,
) -> ApiResult<(StatusCode, Json<RunEntryBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("run", id.to_string());
    gateway
        .require(&who, Action::Converse, "run.resume", target)
        .await?;
    let body = body.and_then(|JsonBody(body)| body).unwrap_or_default();
    let entry = gateway.resume(&who, id, body.into_reason()?).await?;
    let reader = identity.caller.scope.user_id;
    let run = RunEntryBody::seen_by(reader, entry);
    Ok((StatusCode::ACCEPTED, Json(run)))
}

//! `POST /api/runs/{id}/pause`

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

/// Pauses a run: it halts after the step in hand, gives its worker back and keeps everything, until it is resumed. A message
/// that is sent meanwhile joins it. Owners and admins may pause everybody's.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/pause",
    operation_id = "pauseRun",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The run")),
    request_body = Option<ReasonBody>,
    responses((status = ACCEPTED, body = RunEntryBody, description = "The run: paused, or asked to"), Writing)
)]
pub(crate) async fn pause(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<RunId>,
    body: Option<JsonBody<Option<ReasonBody>>>,
) -> ApiResult<(StatusCode, Json<RunEntryBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("run", id.to_string());
    gateway
        .require(&who, Action::Converse, "run.pause", target)
        .await?;
    let body = body.and_then(|JsonBody(body)| body).unwrap_or_default();
    let entry = gateway.pause(&who, id, body.into_reason()?).await?;
    let reader = identity.caller.scope.user_id;
    let run = RunEntryBody::seen_by(reader, entry);
    Ok((StatusCode::ACCEPTED, Json(run)))
}

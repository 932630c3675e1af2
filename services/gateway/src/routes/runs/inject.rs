//! `POST /api/runs/{id}/inject`

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
use crate::wire::{AcceptedBody, InjectBody};

/// Says something to a run of the caller's while it goes on: the message is stored and read with the next call of the model. A
/// paused run reads it when it is resumed.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/inject",
    operation_id = "injectIntoRun",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The run")),
    request_body = InjectBody,
    responses((status = ACCEPTED, body = AcceptedBody, description = "The message is stored"), Writing)
)]
pub(crate) async fn inject(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<RunId>,
    JsonBody(body): JsonBody<InjectBody>,
) -> ApiResult<(StatusCode, Json<AcceptedBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("run", id.to_string());
    gateway
        .require(&who, Action::Converse, "run.inject", target)
        .await?;
    body.check(gateway.limits.max_message_chars)?;
    let sent = gateway.inject(&who, id, body).await?;
    Ok((StatusCode::ACCEPTED, Json(AcceptedBody::from(&sent))))
}

//! `POST /api/conversations/{id}/messages`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, PathId};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{AcceptedBody, NewMessageBody};

/// Sends a message. The answer says that it is stored and which run will answer it; the run's events tell the rest.
#[utoipa::path(
    post,
    path = "/api/conversations/{id}/messages",
    operation_id = "sendMessage",
    tag = "conversations",
    params(("id" = uuid::Uuid, Path, description = "The conversation")),
    request_body = NewMessageBody,
    responses((status = ACCEPTED, body = AcceptedBody, description = "It is stored and will be answered"), Writing)
)]
pub(crate) async fn send(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    JsonBody(body): JsonBody<NewMessageBody>,
) -> ApiResult<(StatusCode, Json<AcceptedBody>)> {
    identity.allow(Action::Converse)?;
    let sent = gateway.send(&identity.caller, id, body).await?;
    Ok((StatusCode::ACCEPTED, Json(AcceptedBody::from(&sent))))
}

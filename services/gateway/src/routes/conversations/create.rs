//! `POST /api/conversations`

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::LOCATION;
use mosaic_identity::Action;
use mosaic_runtime::clock;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{ConversationBody, NewConversationBody};

/// Begins a conversation.
#[utoipa::path(
    post,
    path = "/api/conversations",
    operation_id = "createConversation",
    tag = "conversations",
    request_body = NewConversationBody,
    responses((status = CREATED, body = ConversationBody, description = "It is begun"), Writing)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    identity: Identity,
    JsonBody(body): JsonBody<NewConversationBody>,
) -> ApiResult<impl IntoResponse> {
    identity.allow(Action::Converse)?;
    let new = body.into_new(clock::id(), &gateway.choices)?;
    let conversation = gateway
        .storage
        .create_conversation(identity.caller.scope, &new)
        .await?;
    let location = [(LOCATION, format!("/api/conversations/{}", conversation.id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(ConversationBody::from(conversation)),
    ))
}

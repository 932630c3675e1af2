//! `PATCH /api/conversations/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, PathId};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{ConversationBody, ConversationChangeBody};

/// Renames a conversation, or chooses who answers in it and with which model.
#[utoipa::path(
    patch,
    path = "/api/conversations/{id}",
    operation_id = "changeConversation",
    tag = "conversations",
    params(("id" = uuid::Uuid, Path, description = "The conversation")),
    request_body = ConversationChangeBody,
    responses((status = OK, body = ConversationBody, description = "It is changed"), Writing)
)]
pub(crate) async fn change(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    JsonBody(body): JsonBody<ConversationChangeBody>,
) -> ApiResult<Json<ConversationBody>> {
    identity.allow(Action::Converse)?;
    let change = body.into_change(&gateway.choices)?;
    let scope = identity.caller.scope;
    let changed = gateway.storage.change_conversation(scope, id, &change);
    let changed = changed.await?;
    let changed = changed.ok_or_else(|| ApiError::not_found("conversation", id))?;
    Ok(Json(changed.into()))
}

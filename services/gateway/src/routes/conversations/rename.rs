//! `PATCH /api/conversations/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, PathId};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::check::{Check, TITLE_CHARS};
use crate::wire::{ConversationBody, RenameBody};

/// Renames a conversation.
#[utoipa::path(
    patch,
    path = "/api/conversations/{id}",
    operation_id = "renameConversation",
    tag = "conversations",
    params(("id" = uuid::Uuid, Path, description = "The conversation")),
    request_body = RenameBody,
    responses((status = OK, body = ConversationBody, description = "It is renamed"), Writing)
)]
pub(crate) async fn rename(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    JsonBody(body): JsonBody<RenameBody>,
) -> ApiResult<Json<ConversationBody>> {
    identity.allow(Action::Converse)?;
    let mut check = Check::default();
    check.text("title", &body.title, TITLE_CHARS);
    check.done()?;
    let scope = identity.caller.scope;
    let renamed = gateway
        .storage
        .rename_conversation(scope, id, &body.title)
        .await?;
    let renamed = renamed.ok_or_else(|| ApiError::not_found("conversation", id))?;
    Ok(Json(renamed.into()))
}

//! `DELETE /api/conversations/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId};
use crate::routes::refusals::Reading;
use crate::state::Gateway;

/// Deletes a conversation with its messages and runs. A run that is active ends without an answer; open streams of it end.
#[utoipa::path(
    delete,
    path = "/api/conversations/{id}",
    operation_id = "deleteConversation",
    tag = "conversations",
    params(("id" = uuid::Uuid, Path, description = "The conversation")),
    responses((status = NO_CONTENT, description = "It is deleted"), Reading)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
) -> ApiResult<StatusCode> {
    identity.allow(Action::Converse)?;
    if !gateway
        .storage
        .delete_conversation(identity.caller.scope, id)
        .await?
    {
        return Err(ApiError::not_found("conversation", id));
    }
    gateway.ring(id);
    Ok(StatusCode::NO_CONTENT)
}

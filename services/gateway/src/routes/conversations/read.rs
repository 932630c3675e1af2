//! `GET /api/conversations/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::ConversationBody;

/// One conversation.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}",
    operation_id = "readConversation",
    tag = "conversations",
    params(("id" = uuid::Uuid, Path, description = "The conversation")),
    responses((status = OK, body = ConversationBody, description = "The conversation"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
) -> ApiResult<Json<ConversationBody>> {
    identity.allow(Action::Read)?;
    let conversation = gateway
        .storage
        .conversation(identity.caller.scope, id)
        .await?;
    let conversation = conversation.ok_or_else(|| ApiError::not_found("conversation", id))?;
    Ok(Json(conversation.into()))
}

//! `GET /api/conversations/{id}/messages`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{MessageBody, MessageList, MessageQuery};

/// The messages of a conversation.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/messages",
    operation_id = "listMessages",
    tag = "conversations",
    params(("id" = uuid::Uuid, Path, description = "The conversation"), MessageQuery),
    responses((status = OK, body = MessageList, description = "One page"), Reading)
)]
pub(crate) async fn messages(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    QueryString(query): QueryString<MessageQuery>,
) -> ApiResult<Json<MessageList>> {
    identity.allow(Action::Read)?;
    let (page, limit) = query.into_page()?;
    let messages = gateway
        .storage
        .messages(identity.caller.scope, id, page, limit)
        .await?;
    let messages = messages.ok_or_else(|| ApiError::not_found("conversation", id))?;
    Ok(Json(MessageList {
        items: messages.into_iter().map(MessageBody::from).collect(),
    }))
}

//! `DELETE /api/memory?conversationId=`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{ForgetQuery, ForgottenBody};

/// Forgets everything that was said in a conversation so far, and what agents said elsewhere because of it. The
/// conversation itself stays.
#[utoipa::path(
    delete,
    path = "/api/memory",
    operation_id = "forgetConversation",
    tag = "memory",
    params(ForgetQuery),
    responses((status = OK, body = ForgottenBody, description = "What was forgotten"), Reading)
)]
pub(crate) async fn forget_conversation(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<ForgetQuery>,
) -> ApiResult<Json<ForgottenBody>> {
    identity.allow(Action::Converse)?;
    let id = ConversationId::new(query.conversation_id);
    let scope = identity.caller.scope;
    let forgotten = gateway.storage.forget_conversation(scope, id).await?;
    let forgotten = forgotten.ok_or_else(|| ApiError::not_found("conversation", id))?;
    Ok(Json(forgotten.into()))
}

//! `GET /api/conversations/{id}/summaries`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{SummaryList, SummaryQuery};

/// The summaries of a conversation, the newest first.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/summaries",
    operation_id = "listSummariesOfConversation",
    tag = "summaries",
    params(("id" = uuid::Uuid, Path, description = "The conversation"), SummaryQuery),
    responses((status = OK, body = SummaryList, description = "One page"), Reading)
)]
pub(crate) async fn of_conversation(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    QueryString(query): QueryString<SummaryQuery>,
) -> ApiResult<Json<SummaryList>> {
    identity.allow(Action::Read)?;
    let wanted = query.into_wanted()?;
    let scope = identity.caller.scope;
    let (kind, after, limit) = (wanted.kind, wanted.after, wanted.limit);
    let found = gateway
        .storage
        .summaries(scope, Some(id), kind, after, limit + 1)
        .await?;
    if found.is_empty() && gateway.storage.conversation(scope, id).await?.is_none() {
        return Err(ApiError::not_found("conversation", id));
    }
    Ok(Json(SummaryList::page(found, limit)))
}

//! `GET /api/conversations/{id}/runs`

use axum::Json;
use axum::extract::State;
use mosaic_domain::ConversationId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{LimitQuery, RunBody, RunList};

/// The newest runs of a conversation, the newest first.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/runs",
    operation_id = "listConversationRuns",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The conversation"), LimitQuery),
    responses((status = OK, body = RunList, description = "The runs"), Reading)
)]
pub(crate) async fn runs(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    QueryString(query): QueryString<LimitQuery>,
) -> ApiResult<Json<RunList>> {
    identity.allow(Action::Read)?;
    let limit = query.into_limit()?;
    let scope = identity.caller.scope;
    let runs = gateway.storage.runs(scope, id, limit).await?;
    if runs.is_empty() && gateway.storage.conversation(scope, id).await?.is_none() {
        return Err(ApiError::not_found("conversation", id));
    }
    Ok(Json(RunList {
        items: runs.into_iter().map(RunBody::from).collect(),
    }))
}

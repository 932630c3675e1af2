//! `GET /api/summaries`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{SummaryList, SummaryQuery};

/// The summaries of the caller's conversations, the newest first.
#[utoipa::path(
    get,
    path = "/api/summaries",
    operation_id = "listSummaries",
    tag = "summaries",
    params(SummaryQuery),
    responses((status = OK, body = SummaryList, description = "One page"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<SummaryQuery>,
) -> ApiResult<Json<SummaryList>> {
    identity.allow(Action::Read)?;
    let wanted = query.into_wanted()?;
    let scope = identity.caller.scope;
    let (kind, after, limit) = (wanted.kind, wanted.after, wanted.limit);
    let found = gateway
        .storage
        .summaries(scope, None, kind, after, limit + 1)
        .await?;
    Ok(Json(SummaryList::page(found, limit)))
}

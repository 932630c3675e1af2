//! `GET /api/audit`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{AuditList, AuditQuery};

/// Who did or tried what in the caller's workspace, the newest first. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/audit",
    operation_id = "listAudit",
    tag = "operation",
    params(AuditQuery),
    responses((status = OK, body = AuditList, description = "One page"), Reading)
)]
pub(crate) async fn audit(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<AuditQuery>,
) -> ApiResult<Json<AuditList>> {
    identity.allow(Action::Command)?;
    let page = query.into_page()?;
    let limit = page.limit;
    let workspace = identity.caller.scope.workspace_id;
    // One more than asked for tells whether the list goes on.
    let mut entries = gateway
        .storage
        .audit_log(workspace, &page.filter(), limit + 1)
        .await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let last = entries.last().filter(|_| more);
    Ok(Json(AuditList {
        next_cursor: last.map(|entry| entry.id.to_string()),
        items: entries.into_iter().map(Into::into).collect(),
    }))
}

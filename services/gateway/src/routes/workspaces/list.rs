//! `GET /api/workspaces`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{WorkspaceBody, WorkspaceList};

/// The workspaces that the caller belongs to.
#[utoipa::path(
    get,
    path = "/api/workspaces",
    operation_id = "listWorkspaces",
    tag = "people",
    responses((status = OK, body = WorkspaceList, description = "All of them"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<WorkspaceList>> {
    identity.allow(Action::Read)?;
    let scope = identity.caller.scope;
    let own = gateway.storage.workspaces_of(scope.user_id).await?;
    let seen = |workspace| WorkspaceBody::seen_from(scope.workspace_id, workspace);
    Ok(Json(WorkspaceList {
        items: own.into_iter().map(seen).collect(),
    }))
}

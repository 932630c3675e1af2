//! `/api/workspaces`.

mod create;
mod delete;
mod list;
mod rename;

use mosaic_domain::WorkspaceId;
use mosaic_error::{ErrorCode, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::state::Gateway;
use crate::wire::WorkspaceBody;

/// Every route of the workspaces.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(rename::rename, delete::delete))
}

/// The caller's workspace with this id. What they proved their identity with counts in one workspace alone, so it is the one they
/// are in, or none.
async fn current(
    gateway: &Gateway,
    identity: &Identity,
    id: WorkspaceId,
) -> ApiResult<WorkspaceBody> {
    let scope = identity.caller.scope;
    let own = gateway.storage.workspaces_of(scope.user_id).await?;
    let found = own.into_iter().find(|workspace| workspace.id == id);
    let found = found.ok_or_else(|| ApiError::not_found("workspace", id))?;
    if found.id != scope.workspace_id {
        let detail = format!("You are in another workspace than “{}” now.", found.name);
        return Err(Problem::new(ErrorCode::Conflict, detail)
            .with_remedy(
                "Change to it first (`PUT /api/session/workspace`), or use a token of that workspace.",
            )
            .into());
    }
    Ok(WorkspaceBody::seen_from(scope.workspace_id, found))
}

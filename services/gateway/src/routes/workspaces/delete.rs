//! `DELETE /api/workspaces/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::WorkspaceId;
use mosaic_error::ErrorCode;
use mosaic_identity::Action;

use super::current;
use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::ConfirmBody;

/// Deletes the caller's workspace with everything in it, for good. For its owners; never the home of the installation.
#[utoipa::path(
    delete,
    path = "/api/workspaces/{id}",
    operation_id = "deleteWorkspace",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The workspace")),
    request_body = ConfirmBody,
    responses((status = NO_CONTENT, description = "It is gone"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<WorkspaceId>,
    JsonBody(body): JsonBody<ConfirmBody>,
) -> ApiResult<StatusCode> {
    let workspace = current(&gateway, &identity, id).await?;
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("workspace", id.to_string());
    gateway
        .require(&who, Action::ManageWorkspace, "workspace.delete", target)
        .await?;
    if workspace.home {
        let detail = "The first workspace is the home of the installation and stays.";
        return Err(ApiError::new(ErrorCode::Conflict, detail));
    }
    body.require(&workspace.name, None)?;
    gateway.delete_workspace(who, id, workspace.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

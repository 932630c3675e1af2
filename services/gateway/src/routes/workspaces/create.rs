//! `POST /api/workspaces`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::WorkspaceId;
use mosaic_identity::Action;
use mosaic_runtime::clock;

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{WorkspaceBody, WorkspaceNameBody};

/// Makes a workspace, which the caller owns. For owners and admins of the home workspace.
#[utoipa::path(
    post,
    path = "/api/workspaces",
    operation_id = "createWorkspace",
    tag = "people",
    request_body = WorkspaceNameBody,
    responses((status = CREATED, body = WorkspaceBody, description = "It is there"), Writing)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<WorkspaceNameBody>,
) -> ApiResult<(StatusCode, Json<WorkspaceBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let id: WorkspaceId = clock::id();
    let target = ("workspace", id.to_string());
    let action = Action::CreateWorkspace;
    gateway
        .require(&who, action, "workspace.create", target)
        .await?;
    let name = body.into_name()?;
    let scope = identity.caller.scope;
    let storage = &gateway.storage;
    storage
        .create_workspace(id, &name, scope.user_id, who.actor())
        .await?;
    let own = storage.workspaces_of(scope.user_id).await?;
    let made = own.into_iter().find(|workspace| workspace.id == id);
    let made = made.ok_or_else(|| ApiError::not_found("workspace", id))?;
    let made = WorkspaceBody::seen_from(scope.workspace_id, made);
    Ok((StatusCode::CREATED, Json(made)))
}

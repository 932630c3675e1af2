//! `PATCH /api/workspaces/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::WorkspaceId;
use mosaic_identity::Action;

use super::current;
use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::people::{judge_invitation, verdict};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{WorkspaceBody, WorkspaceNameBody};

/// Gives the caller's workspace another name. For its owners and admins.
#[utoipa::path(
    patch,
    path = "/api/workspaces/{id}",
    operation_id = "renameWorkspace",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The workspace")),
    request_body = WorkspaceNameBody,
    responses((status = OK, body = WorkspaceBody, description = "It is called that now"), Writing)
)]
pub(crate) async fn rename(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<WorkspaceId>,
    JsonBody(body): JsonBody<WorkspaceNameBody>,
) -> ApiResult<Json<WorkspaceBody>> {
    let before = current(&gateway, &identity, id).await?;
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("workspace", id.to_string());
    gateway
        .require(&who, Action::ManageWorkspace, "workspace.rename", target)
        .await?;
    let name = body.into_name()?;
    let judge = |standing: &_| judge_invitation(standing, None);
    let renamed = gateway
        .storage
        .rename_workspace(id, &name, who.actor(), judge)
        .await?;
    verdict(renamed, || ApiError::not_found("workspace", id))?;
    Ok(Json(WorkspaceBody { name, ..before }))
}

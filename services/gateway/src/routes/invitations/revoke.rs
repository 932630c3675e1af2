//! `DELETE /api/invitations/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::InvitationId;
use mosaic_identity::Action;

use crate::command::Commander;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Takes an invitation back that nobody has accepted. For owners and admins of its workspace.
#[utoipa::path(
    delete,
    path = "/api/invitations/{id}",
    operation_id = "deleteInvitation",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The invitation")),
    responses((status = NO_CONTENT, description = "It does not hold any more"), Writing)
)]
pub(crate) async fn revoke(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<InvitationId>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    let target = ("invitation", id.to_string());
    gateway
        .require(&who, Action::Invite, "invitation.revoke", target)
        .await?;
    let workspace = identity.caller.scope.workspace_id;
    let storage = &gateway.storage;
    if storage
        .revoke_invitation(workspace, id, who.actor())
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("open invitation", id))
    }
}

//! `GET /api/invitations`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::InvitationList;

/// The invitations to the caller's workspace, the newest 500. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/invitations",
    operation_id = "listInvitations",
    tag = "people",
    responses((status = OK, body = InvitationList, description = "All of them"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<InvitationList>> {
    identity.allow(Action::Invite)?;
    let workspace = identity.caller.scope.workspace_id;
    let invitations = gateway.storage.invitations(workspace).await?;
    Ok(Json(InvitationList {
        items: invitations.into_iter().map(Into::into).collect(),
    }))
}

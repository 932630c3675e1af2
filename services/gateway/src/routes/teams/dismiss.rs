//! `DELETE /api/teams/{id}/members/{userId}`

use axum::extract::{Path, State};
use http::StatusCode;
use mosaic_storage::TeamChange;

use super::{change, ids};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, Peer};
use crate::people::sees_people;
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Has somebody belong to a team no longer, or the caller leave it. For admins and owners of the team, never above their own
/// role, and for owners and admins of the workspace; everybody may leave, but the last owner.
#[utoipa::path(
    delete,
    path = "/api/teams/{id}/members/{userId}",
    operation_id = "deleteTeamMember",
    tag = "people",
    params(
        ("id" = uuid::Uuid, Path, description = "The team"),
        ("userId" = uuid::Uuid, Path, description = "Who"),
    ),
    responses((status = NO_CONTENT, description = "They do not belong to it"), Writing)
)]
pub(crate) async fn dismiss(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path((team, user)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    sees_people(&identity)?;
    let (id, user_id) = ids(&team, &user)?;
    let who = Commander::new(&identity.caller, Some(address));
    let dismissed = TeamChange::Dismiss(user_id);
    change(&gateway, &identity, &who, id, dismissed).await?;
    Ok(StatusCode::NO_CONTENT)
}

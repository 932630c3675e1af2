//! `PUT /api/teams/{id}/members/{userId}`

use axum::extract::{Path, State};
use http::StatusCode;
use mosaic_identity::policy::TeamRole;
use mosaic_storage::TeamChange;

use super::{change, ids};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::people::sees_people;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::TeamRoleBody;

/// Has a member of the workspace belong to a team with this role. For admins and owners of the team, never above their own role,
/// and for owners and admins of the workspace.
#[utoipa::path(
    put,
    path = "/api/teams/{id}/members/{userId}",
    operation_id = "putTeamMember",
    tag = "people",
    params(
        ("id" = uuid::Uuid, Path, description = "The team"),
        ("userId" = uuid::Uuid, Path, description = "Who"),
    ),
    request_body = TeamRoleBody,
    responses((status = NO_CONTENT, description = "They belong to it"), Writing)
)]
pub(crate) async fn admit(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path((team, user)): Path<(String, String)>,
    JsonBody(body): JsonBody<TeamRoleBody>,
) -> ApiResult<StatusCode> {
    sees_people(&identity)?;
    let (id, user_id) = ids(&team, &user)?;
    let who = Commander::new(&identity.caller, Some(address));
    let admitted = TeamChange::Admit(user_id, TeamRole::from(body).as_str());
    change(&gateway, &identity, &who, id, admitted).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `DELETE /api/teams/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::TeamId;
use mosaic_storage::TeamChange;

use super::change;
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, PathId, Peer};
use crate::people::sees_people;
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Deletes a team; its people stay in the workspace. For its owners, and for owners and admins of the workspace.
#[utoipa::path(
    delete,
    path = "/api/teams/{id}",
    operation_id = "deleteTeam",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The team")),
    responses((status = NO_CONTENT, description = "It is gone"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<TeamId>,
) -> ApiResult<StatusCode> {
    sees_people(&identity)?;
    let who = Commander::new(&identity.caller, Some(address));
    change(&gateway, &identity, &who, id, TeamChange::Delete).await?;
    Ok(StatusCode::NO_CONTENT)
}

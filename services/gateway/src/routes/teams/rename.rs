//! `PATCH /api/teams/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::TeamId;
use mosaic_storage::TeamChange;

use super::{change, find};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::people::sees_people;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{TeamBody, TeamNameBody};

/// Gives a team another name. For its owners, and for owners and admins of the workspace.
#[utoipa::path(
    patch,
    path = "/api/teams/{id}",
    operation_id = "renameTeam",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The team")),
    request_body = TeamNameBody,
    responses((status = OK, body = TeamBody, description = "It is called that now"), Writing)
)]
pub(crate) async fn rename(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<TeamId>,
    JsonBody(body): JsonBody<TeamNameBody>,
) -> ApiResult<Json<TeamBody>> {
    sees_people(&identity)?;
    let who = Commander::new(&identity.caller, Some(address));
    let name = body.into_name()?;
    let renamed = TeamChange::Rename(&name);
    change(&gateway, &identity, &who, id, renamed).await?;
    Ok(Json(find(&gateway, &identity, id).await?.into()))
}

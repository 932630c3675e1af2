//! `POST /api/teams`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_domain::TeamId;
use mosaic_identity::Action;
use mosaic_runtime::clock;
use mosaic_storage::Named;

use super::{find, taken};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{TeamBody, TeamNameBody};

/// Makes a team in the caller's workspace; nobody belongs to it yet. For owners and admins of the workspace.
#[utoipa::path(
    post,
    path = "/api/teams",
    operation_id = "createTeam",
    tag = "people",
    request_body = TeamNameBody,
    responses((status = CREATED, body = TeamBody, description = "It is there"), Writing)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<TeamNameBody>,
) -> ApiResult<(StatusCode, Json<TeamBody>)> {
    let who = Commander::new(&identity.caller, Some(address));
    let id: TeamId = clock::id();
    let target = ("team", id.to_string());
    gateway
        .require(&who, Action::ManageTeams, "team.create", target)
        .await?;
    let name = body.into_name()?;
    let workspace = identity.caller.scope.workspace_id;
    let made = gateway
        .storage
        .create_team(workspace, id, &name, who.actor())
        .await?;
    if made == Named::Taken {
        return Err(taken(&name));
    }
    let team = find(&gateway, &identity, id).await?;
    Ok((StatusCode::CREATED, Json(team.into())))
}

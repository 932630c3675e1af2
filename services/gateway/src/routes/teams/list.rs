//! `GET /api/teams`

use axum::Json;
use axum::extract::State;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::people::sees_people;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::TeamList;

/// The teams of the caller's workspace. Not for guests.
#[utoipa::path(
    get,
    path = "/api/teams",
    operation_id = "listTeams",
    tag = "people",
    responses((status = OK, body = TeamList, description = "All of them"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<TeamList>> {
    sees_people(&identity)?;
    let workspace = identity.caller.scope.workspace_id;
    let teams = gateway.storage.teams(workspace, None).await?;
    Ok(Json(TeamList {
        items: teams.into_iter().map(Into::into).collect(),
    }))
}

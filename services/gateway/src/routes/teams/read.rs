//! `GET /api/teams/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::TeamId;

use super::find;
use crate::error::ApiResult;
use crate::extract::{Identity, PathId};
use crate::people::sees_people;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::TeamBody;

/// One team of the caller's workspace. Not for guests.
#[utoipa::path(
    get,
    path = "/api/teams/{id}",
    operation_id = "readTeam",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The team")),
    responses((status = OK, body = TeamBody, description = "The team"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<TeamId>,
) -> ApiResult<Json<TeamBody>> {
    sees_people(&identity)?;
    Ok(Json(find(&gateway, &identity, id).await?.into()))
}

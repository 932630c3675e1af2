//! `GET /api/users/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::UserId;
use mosaic_identity::Action;

use super::missing;
use crate::error::ApiResult;
use crate::extract::{Identity, PathId};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::UserBody;

/// Somebody, and how much is kept of them; nothing of what it is. For owners and admins of the home workspace.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    operation_id = "readUser",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who")),
    responses((status = OK, body = UserBody, description = "They"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<UserId>,
) -> ApiResult<Json<UserBody>> {
    identity.allow(Action::ManageUsers)?;
    let user = gateway.storage.user(id).await?.ok_or_else(|| missing(id))?;
    let owns = gateway.storage.belongings(id).await?;
    Ok(Json(UserBody::with(user, Some(owns))))
}

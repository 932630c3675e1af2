//! `POST /api/users/{id}/reactivate`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;

use super::{let_in, require};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Lets somebody in again who was deactivated or banned. They sign in anew: sessions and tokens from before stay without force. For
/// owners and admins of the home workspace.
#[utoipa::path(
    post,
    path = "/api/users/{id}/reactivate",
    operation_id = "reactivateUser",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who")),
    responses((status = NO_CONTENT, description = "They may come in"), Writing)
)]
pub(crate) async fn reactivate(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<UserId>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    require(&gateway, &who, "user.reactivate", id).await?;
    let_in(&gateway, &identity, &who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

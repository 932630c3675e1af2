//! `DELETE /api/users/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::UserId;

use super::{missing, require};
use crate::command::Commander;
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::ConfirmBody;

/// Deletes somebody with everything that is theirs, for good. Refused while they are the last owner of a workspace that others
/// belong to. For owners and admins of the home workspace, never above their own role there.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    operation_id = "deleteUser",
    tag = "people",
    params(("id" = uuid::Uuid, Path, description = "Who")),
    request_body = ConfirmBody,
    responses((status = NO_CONTENT, description = "They are gone"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<UserId>,
    JsonBody(body): JsonBody<ConfirmBody>,
) -> ApiResult<StatusCode> {
    let who = Commander::new(&identity.caller, Some(address));
    require(&gateway, &who, "user.delete", id).await?;
    let user = gateway.storage.user(id).await?.ok_or_else(|| missing(id))?;
    body.require(&user.name, user.email.as_deref())?;
    gateway.delete_user(who, id).await?;
    gateway.authenticator.forget(id);
    Ok(StatusCode::NO_CONTENT)
}

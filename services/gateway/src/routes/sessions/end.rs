//! `DELETE /api/sessions/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::SessionId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Signs the caller out in one browser, within a second.
#[utoipa::path(
    delete,
    path = "/api/sessions/{id}",
    operation_id = "endSession",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "The session")),
    responses((status = NO_CONTENT, description = "The session has ended"), Writing)
)]
pub(crate) async fn end(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<SessionId>,
) -> ApiResult<StatusCode> {
    identity.allow(Action::ManageSelf)?;
    let user = identity.caller.scope.user_id;
    let by = identity.actor(address);
    if !gateway.storage.end_own_session(user, id, &by).await? {
        return Err(ApiError::not_found("session", id));
    }
    gateway.authenticator.forget(user);
    tracing::info!(%user, session = %id, "somebody ended a session");
    Ok(StatusCode::NO_CONTENT)
}

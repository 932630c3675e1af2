//! `DELETE /api/tokens/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::TokenId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Revokes a token of this workspace, within a second, with the sessions that were begun with it. A token may always revoke itself,
/// unless it is only good for reading.
#[utoipa::path(
    delete,
    path = "/api/tokens/{id}",
    operation_id = "revokeToken",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "The token")),
    responses((status = NO_CONTENT, description = "The token counts no more"), Writing)
)]
pub(crate) async fn revoke(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<TokenId>,
) -> ApiResult<StatusCode> {
    let own = identity.caller.credential.token_id() == Some(id);
    if !own {
        identity.allow(Action::ManageSelf)?;
    }
    let scope = identity.caller.scope;
    let by = identity.actor(address);
    if !gateway.storage.revoke_own_token(scope, id, &by).await? {
        return Err(ApiError::not_found("token", id));
    }
    gateway.authenticator.forget(scope.user_id);
    tracing::info!(user = %scope.user_id, token = %id, "somebody revoked a token");
    Ok(StatusCode::NO_CONTENT)
}

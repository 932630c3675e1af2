//! `DELETE /api/me/identities/{id}`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::OidcIdentityId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_storage::IdentityRemoval;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Unlinks an identity from the caller's account. Sessions that were begun with it end. The only way to sign in stays.
#[utoipa::path(
    delete,
    path = "/api/me/identities/{id}",
    operation_id = "removeIdentity",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "The identity")),
    responses((status = NO_CONTENT, description = "It is unlinked"), Writing)
)]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    PathId(id): PathId<OidcIdentityId>,
) -> ApiResult<StatusCode> {
    identity.allow(Action::ManageSelf)?;
    let by = identity.actor(address);
    match gateway.storage.remove_oidc_identity(&by, id).await? {
        IdentityRemoval::Done => {
            // It may have been the very session that asks.
            gateway.authenticator.forget(identity.caller.scope.user_id);
            Ok(StatusCode::NO_CONTENT)
        }
        IdentityRemoval::Missing => Err(ApiError::not_found("identity", id)),
        IdentityRemoval::LastWay => {
            let detail = "This is your only way to sign in.";
            let remedy = "Set a password, or link another identity first.";
            Err(Problem::new(ErrorCode::Conflict, detail)
                .with_remedy(remedy)
                .into())
        }
    }
}

//! `GET /api/me/identities`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, Peer};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{IdentityBody, IdentityListBody};

/// Who the caller is at identity providers, in the order in which they were linked.
#[utoipa::path(
    get,
    path = "/api/me/identities",
    operation_id = "listIdentities",
    tag = "identity",
    responses((status = OK, body = IdentityListBody, description = "The identities"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
) -> ApiResult<Json<IdentityListBody>> {
    identity.allow(Action::ManageSelf)?;
    let by = identity.actor(address);
    let found = gateway.storage.oidc_identities(&by).await?;
    let items = found.into_iter().map(|one| {
        let provider = gateway.oidc.provider(&one.provider);
        let label = provider.map_or_else(|| one.provider.clone(), |known| known.label.clone());
        IdentityBody::new(one, label)
    });
    Ok(Json(IdentityListBody {
        items: items.collect(),
    }))
}

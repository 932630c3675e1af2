//! `PATCH /api/me`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{MeBody, MeChangeBody};

/// Calls the caller otherwise. What they did before keeps the name they had.
#[utoipa::path(
    patch,
    path = "/api/me",
    operation_id = "changeMe",
    tag = "identity",
    request_body = MeChangeBody,
    responses((status = OK, body = MeBody, description = "The caller"), Writing)
)]
pub(crate) async fn rename(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<MeChangeBody>,
) -> ApiResult<Json<MeBody>> {
    identity.allow(Action::ManageSelf)?;
    let name = body.into_name()?;
    let by = identity.actor(address);
    gateway.storage.rename_self(&name, &by).await?;
    gateway.authenticator.forget(identity.caller.scope.user_id);
    let caller = gateway.authenticator.renew(&identity.proof).await?;
    Ok(Json(gateway.me(&caller).await?))
}

//! `GET /api/tokens`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{TokenBody, TokenList};

/// The caller's tokens of this workspace, those that have expired among them.
#[utoipa::path(
    get,
    path = "/api/tokens",
    operation_id = "listTokens",
    tag = "identity",
    responses((status = OK, body = TokenList, description = "The tokens"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<TokenList>> {
    identity.allow(Action::ManageSelf)?;
    let current = identity.caller.credential.token_id();
    let tokens = gateway.storage.tokens(identity.caller.scope).await?;
    let items = tokens.into_iter();
    let items = items.map(|token| TokenBody::seen_from(current, token));
    Ok(Json(TokenList {
        items: items.collect(),
    }))
}

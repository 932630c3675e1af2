//! `POST /api/tokens`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Action, ApiToken, Denied, policy};
use mosaic_runtime::clock;
use mosaic_storage::{NewToken, TokenMaking};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::sign_in::{made_with, refuse_borrowed};
use crate::state::Gateway;
use crate::wire::{MadeTokenBody, NewTokenBody, TokenBody};

/// Makes a token for this workspace, which is shown once. It is good for no more than what the caller came with, and a token that
/// is made with one that ends does not outlive it.
#[utoipa::path(
    post,
    path = "/api/tokens",
    operation_id = "createToken",
    tag = "identity",
    request_body = NewTokenBody,
    responses((status = CREATED, body = MadeTokenBody, description = "The token"), Writing)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<NewTokenBody>,
) -> ApiResult<(StatusCode, Json<MadeTokenBody>)> {
    identity.allow(Action::ManageSelf)?;
    refuse_borrowed(&identity.caller)?;
    let request = body.into_request()?;
    if !policy::may_mint(&identity.caller, request.scopes) {
        return Err(ApiError::denied(&identity.caller, Action::ManageSelf));
    }
    let token = ApiToken::generate();
    let scopes = request.scopes.names().into_iter().map(str::to_owned);
    let new = NewToken {
        id: clock::id(),
        scope: identity.caller.scope,
        name: &request.name,
        scopes: &scopes.collect::<Vec<_>>(),
        hint: token.hint(),
        hash: *token.hash().as_bytes(),
        days: request.days,
        made_with: made_with(&identity.caller),
    };
    let by = identity.actor(address);
    let made = match gateway.storage.create_token(&new, &by).await? {
        TokenMaking::Done(made) => made,
        TokenMaking::TooMany => return Err(too_many()),
        TokenMaking::Ended => return Err(Denied::Invalid.into()),
    };
    let body = MadeTokenBody {
        item: TokenBody::seen_from(None, made),
        token: token.expose().into(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

fn too_many() -> ApiError {
    let detail = "You have as many tokens as one person may have.";
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Revoke some that are not used any more.")
        .into()
}

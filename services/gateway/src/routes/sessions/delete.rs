//! `DELETE /api/sessions`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use mosaic_identity::Action;

use crate::cookie;
use crate::error::ApiResult;
use crate::extract::{Identity, Peer, QueryString};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{SignOutQuery, SignedOutBody};

/// Signs out in every browser, in whatever workspace. API tokens go on to count unless `tokens=true`, which revokes them all.
#[utoipa::path(
    delete,
    path = "/api/sessions",
    operation_id = "signOutEverywhere",
    tag = "identity",
    params(SignOutQuery),
    responses((status = OK, body = SignedOutBody, description = "You are signed out everywhere"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    QueryString(query): QueryString<SignOutQuery>,
) -> ApiResult<Response> {
    identity.allow(Action::ManageSelf)?;
    let user = identity.caller.scope.user_id;
    let by = identity.actor(address);
    let ended = gateway
        .storage
        .sign_out_everywhere(user, query.tokens, &by)
        .await?;
    tracing::info!(%user, sessions = ended.sessions, tokens = ended.tokens, "somebody signed out everywhere");
    let mut response = Json(SignedOutBody {
        ended: ended.sessions,
        revoked: ended.tokens,
    })
    .into_response();
    gateway.authenticator.forget(user);
    if identity.proof.session().is_some() {
        for cookie in cookie::unset() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

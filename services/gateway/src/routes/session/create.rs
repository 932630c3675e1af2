//! `POST /api/session`

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{SET_COOKIE, USER_AGENT};
use http::request::Parts;
use mosaic_error::ErrorCode;
use mosaic_identity::{Caller, Denied, SessionSecret};
use mosaic_runtime::clock;
use mosaic_storage::NewSession;
use secrecy::ExposeSecret as _;

use crate::cookie;
use crate::error::{ApiError, ApiResult};
use crate::extract::{JsonBody, Peer, cookie_of, own_page};
use crate::routes::refusals::SigningIn;
use crate::routes::session::delete::end;
use crate::state::Gateway;
use crate::wire::{MeBody, SignInBody, browser};

/// Whoever is not signed in gets no more read of what they send.
const LARGEST: usize = 4 << 10;

/// Signs in: an API token for a session, which the browser keeps as a cookie that no script can read. The session ends after 30 days,
/// after 7 days without use, or with the token.
#[utoipa::path(
    post,
    path = "/api/session",
    operation_id = "signIn",
    tag = "identity",
    security(()),
    request_body = SignInBody,
    responses((status = CREATED, body = MeBody, description = "You are signed in"), SigningIn)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Peer(address): Peer,
    request: Request,
) -> ApiResult<Response> {
    let (parts, body) = request.into_parts();
    own_page::refuse_other_sites(&parts, &gateway.limits)?;
    let request = Request::from_parts(parts.clone(), body);
    let JsonBody(SignInBody { token }) = JsonBody::within(request, LARGEST).await?;
    let token = token.expose_secret().trim();
    match gateway.authenticator.authenticate_token(token).await {
        Ok(identified) => {
            let response = sign_in(&gateway, &parts, identified.caller).await?;
            end_former(&gateway, &parts).await;
            Ok(response)
        }
        Err(denied) => Err(refusal(&gateway, address, denied)),
    }
}

async fn sign_in(gateway: &Gateway, parts: &Parts, caller: Caller) -> ApiResult<Response> {
    let secret = SessionSecret::generate();
    let new = NewSession {
        id: clock::id(),
        secret_hash: *secret.hash().as_bytes(),
        scope: caller.scope,
        token_id: caller.token_id,
        user_agent: browser(parts.headers.get(USER_AGENT)),
        lifetime: cookie::LIFETIME,
        idle: cookie::IDLE,
    };
    gateway.storage.begin_session(&new).await?;
    tracing::info!(session = %new.id, user = %caller.scope.user_id, browser = ?new.user_agent, "somebody signed in");
    let mut response = (StatusCode::CREATED, Json(MeBody::from(caller))).into_response();
    let secure = own_page::is_secure(parts, &gateway.limits);
    if let Some(cookie) = cookie::set(&secret, secure) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Ends the session that this browser had: its cookie is replaced, so nobody could sign out of it any more.
async fn end_former(gateway: &Gateway, parts: &Parts) {
    let Some(secret) = cookie_of(parts, gateway) else {
        return;
    };
    if let Err(error) = end(gateway, secret).await {
        tracing::debug!(
            cause = error.cause.as_deref(),
            "the former session of a browser could not be ended; it ends by disuse"
        );
    }
}

/// Only who fails is counted, and only who fails is told to wait: whatever others send from the same address, a token that
/// counts is let in.
fn refusal(gateway: &Gateway, address: IpAddr, denied: Denied) -> ApiError {
    // Here the token comes in the body, so the remedy is another than elsewhere.
    let mut error = ApiError::from(denied);
    if error.problem.code != ErrorCode::Unauthenticated {
        return error;
    }
    if let Err(wait) = gateway.sign_ins.failure(address) {
        let detail = "There were too many attempts to sign in from your address.";
        return ApiError::too_often(detail, wait);
    }
    "Paste a whole token, `mos_…`; `mosaic-migrate token` makes another one on the server."
        .clone_into(&mut error.problem.remedy);
    error
}

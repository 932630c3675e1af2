//! `POST /api/session`

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, StatusCode};
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::SessionSecret;
use mosaic_runtime::clock;
use mosaic_storage::NewSession;
use secrecy::ExposeSecret as _;

use crate::cookie;
use crate::error::{ApiError, ApiResult};
use crate::extract::{JsonBody, Peer, own_page};
use crate::routes::refusals::SigningIn;
use crate::state::Gateway;
use crate::wire::{MeBody, SignInBody, browser};

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
    peer: Peer,
    request: Request,
) -> ApiResult<Response> {
    gateway.sign_ins.attempt(peer.0).map_err(too_often)?;
    let (parts, body) = request.into_parts();
    own_page::refuse_other_sites(&parts, &gateway.limits)?;
    let headers = parts.headers.clone();
    let request = Request::from_parts(parts, body);
    let JsonBody(SignInBody { token }) = JsonBody::from_request(request, &gateway).await?;
    sign_in(&gateway, &headers, token.expose_secret().trim()).await
}

async fn sign_in(gateway: &Gateway, headers: &HeaderMap, token: &str) -> ApiResult<Response> {
    let identified = gateway.authenticator.authenticate_token(token).await;
    let caller = identified.map_err(not_a_token)?.caller;
    let secret = SessionSecret::generate();
    let new = NewSession {
        id: clock::id(),
        secret_hash: *secret.hash().as_bytes(),
        scope: caller.scope,
        token_id: caller.token_id,
        user_agent: browser(headers.get(USER_AGENT)),
        lifetime: cookie::LIFETIME,
        idle: cookie::IDLE,
    };
    gateway.storage.begin_session(&new).await?;
    tracing::info!(session = %new.id, user = %caller.scope.user_id, browser = ?new.user_agent, "somebody signed in");
    let mut response = (StatusCode::CREATED, Json(MeBody::from(caller))).into_response();
    let secure = own_page::is_secure(headers, &gateway.limits);
    if let Some(cookie) = cookie::set(&secret, secure) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Here the token comes in the body, so the remedy is another than elsewhere.
fn not_a_token(denied: mosaic_identity::Denied) -> ApiError {
    let mut error = ApiError::from(denied);
    if error.problem.code == ErrorCode::Unauthenticated {
        "Paste a whole token, `mos_…`; `mosaic-migrate token` makes another one on the server."
            .clone_into(&mut error.problem.remedy);
    }
    error
}

fn too_often(wait: std::time::Duration) -> Problem {
    let seconds = wait.as_secs() + 1;
    let detail = "There were too many attempts to sign in from your address.";
    Problem::new(ErrorCode::RateLimited, detail).with_remedy(format!("Try again in {seconds} s."))
}

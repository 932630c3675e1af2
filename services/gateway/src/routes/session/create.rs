//! `POST /api/session`

use std::net::IpAddr;

use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use mosaic_error::ErrorCode;
use mosaic_identity::Denied;
use mosaic_storage::SessionOrigin;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{ApiError, ApiResult};
use crate::extract::Stranger;
use crate::routes::refusals::SigningIn;
use crate::sign_in::{NewSignIn, SignedIn};
use crate::state::Gateway;
use crate::wire::{MeBody, SignInBody, SignInWay};

/// Signs in, with email and password or with an API token: begins a session, which the browser keeps as a cookie that no script can
/// read. The session ends after `auth.session_days`, after `auth.session_idle_days` without use, or with the token. One that was
/// begun with a token may do no more than the token.
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
    stranger: Stranger<SignInBody>,
) -> ApiResult<Response> {
    let Stranger {
        parts,
        address,
        body,
    } = stranger;
    let signed_in = match body.into_way()? {
        SignInWay::Token(token) => with_token(&gateway, &parts, address, &token).await?,
        SignInWay::Password(login) => {
            gateway
                .sign_in_with_password(&parts, address, login)
                .await?
        }
    };
    gateway.welcome(signed_in).await
}

async fn with_token(
    gateway: &Gateway,
    parts: &Parts,
    address: IpAddr,
    token: &SecretString,
) -> ApiResult<SignedIn> {
    let token = token.expose_secret().trim();
    let identified = gateway.authenticator.authenticate_token(token).await;
    let caller = identified
        .map_err(|denied| refusal(gateway, address, denied))?
        .caller;
    let token_id = caller.credential.token_id();
    let token_id = token_id.ok_or_else(|| ApiError::from(Denied::Invalid))?;
    let signed_in = gateway.sign_in(NewSignIn {
        parts,
        address,
        scope: caller.scope,
        name: &caller.name,
        origin: SessionOrigin::Token(token_id),
        password_since: None,
    });
    signed_in.await
}

fn refusal(gateway: &Gateway, address: IpAddr, denied: Denied) -> ApiError {
    // Here the token comes in the body, so the remedy is another than elsewhere.
    let mut error = ApiError::from(denied);
    if error.problem.code == ErrorCode::Unauthenticated {
        "Paste a whole token, `mos_…`; `mosaic-migrate token` makes another one on the server."
            .clone_into(&mut error.problem.remedy);
    }
    gateway.refuse_secret(address, error)
}

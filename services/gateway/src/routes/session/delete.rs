//! `DELETE /api/session`

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use mosaic_identity::{Denied, SessionSecret};

use crate::cookie;
use crate::error::ApiResult;
use crate::extract::{cookie_of, own_page};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Signs out in this browser. Streams that the session opened end within seconds. Who is not signed in stays so.
#[utoipa::path(
    delete,
    path = "/api/session",
    operation_id = "signOut",
    tag = "identity",
    security(("session" = [])),
    responses((status = NO_CONTENT, description = "You are signed out"), Writing)
)]
pub(crate) async fn delete(State(gateway): State<Gateway>, parts: Parts) -> ApiResult<Response> {
    own_page::refuse_other_sites(&parts, &gateway.limits)?;
    if let Some(secret) = cookie_of(&parts, &gateway) {
        own_page::require(&parts, &gateway.limits)?;
        end(&gateway, secret).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in cookie::unset() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Ends the session of this secret, if there is one. Fails when that could not be found out: who signs out must not believe it
/// while their session lives.
pub(super) async fn end(gateway: &Gateway, secret: &str) -> ApiResult<()> {
    let Ok(hash) = SessionSecret::parse(secret).map(|secret| secret.hash()) else {
        return Ok(());
    };
    match gateway.authenticator.authenticate_session(secret).await {
        Ok(identified) => {
            gateway.storage.end_session(hash.as_bytes()).await?;
            gateway.authenticator.forget(&identified.proof).await;
            tracing::info!(user = %identified.caller.scope.user_id, "somebody signed out");
            Ok(())
        }
        Err(unavailable @ Denied::Unavailable(_)) => Err(unavailable.into()),
        Err(_) => Ok(()),
    }
}

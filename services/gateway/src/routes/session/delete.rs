//! `DELETE /api/session`

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;

use crate::cookie;
use crate::error::ApiResult;
use crate::extract::{Peer, cookie_of, own_page};
use crate::routes::refusals::Writing;
use crate::state::Gateway;

/// Signs out in this browser. Streams that the session opened end within seconds. Who is not signed in stays so.
#[utoipa::path(
    delete,
    path = "/api/session",
    operation_id = "signOut",
    tag = "identity",
    security((), ("session" = [])),
    responses((status = NO_CONTENT, description = "You are signed out"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    Peer(address): Peer,
    parts: Parts,
) -> ApiResult<Response> {
    own_page::refuse_other_sites(&parts, &gateway.limits)?;
    if let Some(secret) = cookie_of(&parts, &gateway) {
        own_page::require(&parts, &gateway.limits)?;
        gateway.sign_out(secret, address).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in cookie::unset() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

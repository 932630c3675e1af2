//! `DELETE /api/sessions`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;

use crate::cookie;
use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::SignedOutBody;

/// Signs out in every browser. API tokens go on to count.
#[utoipa::path(
    delete,
    path = "/api/sessions",
    operation_id = "signOutEverywhere",
    tag = "identity",
    responses((status = OK, body = SignedOutBody, description = "You are signed out everywhere"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Response> {
    let scope = identity.caller.scope;
    let ended = gateway.storage.end_sessions(scope).await?;
    tracing::info!(user = %scope.user_id, ended, "somebody signed out everywhere");
    let mut response = Json(SignedOutBody { ended }).into_response();
    if identity.proof.session().is_some() {
        gateway.authenticator.forget(&identity.proof).await;
        for cookie in cookie::unset() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

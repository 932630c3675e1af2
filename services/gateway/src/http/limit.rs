//! Nobody asks more often than they may. Who proves an identity is held to what is theirs, whatever else comes from their address;
//! everybody else to what their address has.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::AUTHORIZATION;
use http::request::Parts;
use mosaic_error::ErrorCode;
use mosaic_identity::{Denied, Identified};
use tokio::time::timeout;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Peer, cookie_of};
use crate::state::Gateway;
use crate::turns;

/// What a chat network brings for everybody comes from few addresses, and has limits of its own.
const WEBHOOK: &str = "/api/channels/{channel}/webhook";

/// Refuses who asks too often, before anything is done for them.
pub(super) async fn hold(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(refused) = judge(&gateway, &parts).await {
        return refused.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn judge(gateway: &Gateway, parts: &Parts) -> ApiResult<()> {
    let route = parts.extensions.get::<MatchedPath>();
    if route.is_some_and(|route| route.as_str() == WEBHOOK) {
        return Ok(());
    }
    let Peer(address) = Peer::of(parts);
    let looked_up = turns::taking(address, identified(gateway, parts));
    let found = timeout(gateway.limits.request_timeout, looked_up).await;
    match found.map_err(|_| crowded())? {
        Some(Ok(Identified { caller, .. })) => gateway.rates.caller(&caller, Some(address)),
        // Who it is will be asked again in a moment, and answered by that this cannot be checked now.
        Some(Err(Denied::Unavailable(_))) => Ok(()),
        Some(Err(_)) | None => gateway.rates.stranger(address),
    }
}

/// The turn of this network did not come in time.
fn crowded() -> ApiError {
    let detail = "The request took too long and was given up.";
    let cause = "too much comes from the same network to be looked up";
    ApiError::because(ErrorCode::Unavailable, detail, cause)
}

/// Who this is, if they show anything. The route asks again, and is answered from the cache.
async fn identified(gateway: &Gateway, parts: &Parts) -> Option<Result<Identified, Denied>> {
    let authenticator = &gateway.authenticator;
    if let Some(secret) = cookie_of(parts, gateway) {
        return Some(authenticator.authenticate_session(secret).await);
    }
    if parts.headers.contains_key(AUTHORIZATION) {
        return Some(authenticator.authenticate(&parts.headers).await);
    }
    None
}

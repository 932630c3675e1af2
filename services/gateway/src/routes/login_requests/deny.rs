//! `POST /api/login-requests/deny`

use axum::extract::State;
use http::StatusCode;

use super::{code_of, deciding, wrong};
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::CodeBody;

/// Refuses the program with this code.
#[utoipa::path(
    post,
    path = "/api/login-requests/deny",
    operation_id = "denyLoginRequest",
    tag = "identity",
    security(("session" = [])),
    request_body = CodeBody,
    responses((status = NO_CONTENT, description = "The program gets nothing"), Writing)
)]
pub(crate) async fn deny(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(CodeBody { code }): JsonBody<CodeBody>,
) -> ApiResult<StatusCode> {
    let session = deciding(&identity)?;
    let code = code_of(&gateway, session, &code).await?;
    let by = identity.actor(address);
    let denied = gateway
        .storage
        .deny_login_request(&code.hash(), &by)
        .await?;
    if denied {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(wrong(&gateway, session).await)
    }
}

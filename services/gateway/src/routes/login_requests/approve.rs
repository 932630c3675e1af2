//! `POST /api/login-requests/approve`

use axum::extract::State;
use http::StatusCode;
use mosaic_identity::Denied;
use mosaic_storage::Approval;

use super::{code_of, deciding, wrong};
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::sign_in::{borrowed, refuse_borrowed};
use crate::state::Gateway;
use crate::wire::CodeBody;

/// Lets the program with this code in: it gets a token with which it acts as the caller, in the workspace of the session.
#[utoipa::path(
    post,
    path = "/api/login-requests/approve",
    operation_id = "approveLoginRequest",
    tag = "identity",
    security(("session" = [])),
    request_body = CodeBody,
    responses((status = NO_CONTENT, description = "The program can fetch its token"), Writing)
)]
pub(crate) async fn approve(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(CodeBody { code }): JsonBody<CodeBody>,
) -> ApiResult<StatusCode> {
    let session = deciding(&identity)?;
    refuse_borrowed(&identity.caller)?;
    let code = code_of(&gateway, session, &code).await?;
    let by = identity.actor(address);
    let scope = identity.caller.scope;
    let approved = gateway
        .storage
        .approve_login_request(scope, session, &code.hash(), &by)
        .await?;
    match approved {
        Approval::Done => Ok(StatusCode::NO_CONTENT),
        Approval::Missing => Err(wrong(&gateway, session).await),
        Approval::Borrowed => Err(borrowed()),
        Approval::Ended => Err(Denied::Ended.into()),
    }
}

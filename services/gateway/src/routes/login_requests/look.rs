//! `POST /api/login-requests/look`

use axum::Json;
use axum::extract::State;

use super::{code_of, deciding, wrong};
use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{CodeBody, LoginRequestBody};

/// Which program waits with this code. Only for who is signed in by a session; five codes that do not exist end it.
#[utoipa::path(
    post,
    path = "/api/login-requests/look",
    operation_id = "lookAtLoginRequest",
    tag = "identity",
    security(("session" = [])),
    request_body = CodeBody,
    responses((status = OK, body = LoginRequestBody, description = "What waits"), Writing)
)]
pub(crate) async fn look(
    State(gateway): State<Gateway>,
    identity: Identity,
    JsonBody(CodeBody { code }): JsonBody<CodeBody>,
) -> ApiResult<Json<LoginRequestBody>> {
    let session = deciding(&identity)?;
    let code = code_of(&gateway, session, &code).await?;
    let found = gateway.storage.open_login_request(&code.hash()).await?;
    match found {
        Some(found) => Ok(Json(found.into())),
        None => Err(wrong(&gateway, session).await),
    }
}

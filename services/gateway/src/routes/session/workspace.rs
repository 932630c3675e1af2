//! `PUT /api/session/workspace`

use axum::Json;
use axum::extract::State;
use mosaic_domain::WorkspaceId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Credential, SignInMethod};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{MeBody, SwitchBody};

/// Goes to another workspace with this session. Streams that it opened end within seconds. A session that was begun with a token
/// stays where the token is.
#[utoipa::path(
    put,
    path = "/api/session/workspace",
    operation_id = "switchWorkspace",
    tag = "identity",
    security(("session" = [])),
    request_body = SwitchBody,
    responses((status = OK, body = MeBody, description = "You, there"), Writing)
)]
pub(crate) async fn switch(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<SwitchBody>,
) -> ApiResult<Json<MeBody>> {
    let Credential::Session { id, method, .. } = identity.caller.credential else {
        return Err(stays("A token"));
    };
    if method == SignInMethod::Token {
        return Err(stays("A session that was begun with a token"));
    }
    let to = WorkspaceId::new(body.workspace_id);
    let by = identity.actor(address);
    if !gateway.storage.switch_session(id, to, &by).await? {
        return Err(ApiError::not_found("workspace", to));
    }
    gateway.authenticator.forget(identity.caller.scope.user_id);
    let caller = gateway.authenticator.renew(&identity.proof).await?;
    Ok(Json(gateway.me(&caller).await?))
}

fn stays(what: &str) -> ApiError {
    let detail = format!("{what} belongs to one workspace and stays there.");
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Sign in with email and password, or use a token of the other workspace.")
        .into()
}

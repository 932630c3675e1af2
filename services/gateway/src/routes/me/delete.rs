//! `DELETE /api/me`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;

use crate::command::Commander;
use crate::cookie;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::sign_in::made_with;
use crate::state::Gateway;
use crate::wire::ConfirmBody;

/// Deletes the caller with everything that is theirs, for good. Refused while they are the last owner of a workspace that others
/// belong to.
#[utoipa::path(
    delete,
    path = "/api/me",
    operation_id = "deleteMe",
    tag = "identity",
    request_body = ConfirmBody,
    responses((status = NO_CONTENT, description = "You are gone"), Writing)
)]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<ConfirmBody>,
) -> ApiResult<Response> {
    identity.allow(Action::ManageSelf)?;
    let caller = &identity.caller;
    let with = made_with(caller);
    if gateway.storage.credential_is_of_one_workspace(with).await? {
        return Err(bound());
    }
    body.require(&caller.name, caller.email.as_deref())?;
    let who = Commander::new(caller, Some(address));
    gateway.delete_user(who, caller.scope.user_id).await?;
    gateway.authenticator.forget(identity.caller.scope.user_id);
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in cookie::unset() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn bound() -> ApiError {
    let detail =
        "A token of one of your workspaces does not delete your account, which is in all of them.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy(
            "Sign in with a password or at your identity provider, or leave this workspace alone.",
        )
        .into()
}

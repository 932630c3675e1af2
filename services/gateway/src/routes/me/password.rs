//! `PUT /api/me/password`

use std::net::IpAddr;

use axum::extract::State;
use http::StatusCode;
use mosaic_error::{ErrorCode, FieldError, Problem};
use mosaic_identity::{Action, Denied, EmailAddress};
use mosaic_storage::{Login, NewPassword, PasswordChange, PasswordSet};
use secrecy::SecretString;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, Peer};
use crate::routes::refusals::Writing;
use crate::sign_in::{PasswordOf, borrowed, made_with};
use crate::state::Gateway;
use crate::wire::check::Check;
use crate::wire::{PasswordChangeBody, new_password};

/// Sets the caller's password and ends every other session of theirs. Whoever has one shows it; an account without an email
/// address gets one to sign in with.
#[utoipa::path(
    put,
    path = "/api/me/password",
    operation_id = "changePassword",
    tag = "identity",
    request_body = PasswordChangeBody,
    responses((status = NO_CONTENT, description = "The password is set"), Writing)
)]
pub(crate) async fn change(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    JsonBody(body): JsonBody<PasswordChangeBody>,
) -> ApiResult<StatusCode> {
    identity.allow(Action::ManageSelf)?;
    let scope = identity.caller.scope;
    let login = gateway.storage.login(scope.user_id).await?;
    let login = login.ok_or_else(|| ApiError::from(Denied::Invalid))?;
    let (email, added) = address_of(&login, body.email.as_deref())?;
    let rules = gateway.password_rules();
    new_password("new", rules, &body.new, &login.name, Some(&email))?;
    require_current(&gateway, &login, body.current, address).await?;
    let hash = gateway.passwords.hash(address, body.new).await?;
    let new = NewPassword {
        user_id: scope.user_id,
        hash: &hash,
        email: added.then_some(email.as_str()),
        keep: identity.caller.credential.session_id(),
    };
    let by = identity.actor(address);
    let change = PasswordChange {
        made_with: made_with(&identity.caller),
        since: login.password_since,
    };
    match gateway.storage.set_password(&new, change, &by).await? {
        PasswordSet::Done => {}
        PasswordSet::Taken => return Err(taken()),
        PasswordSet::Ended => return Err(Denied::Invalid.into()),
        // A first password would outlive what it was set with.
        PasswordSet::Borrowed => return Err(borrowed()),
        PasswordSet::Bound => return Err(bound()),
    }
    gateway.authenticator.forget(scope.user_id);
    tracing::info!(user = %scope.user_id, "somebody changed their password");
    Ok(StatusCode::NO_CONTENT)
}

/// With what the account signs in, and whether it is new.
fn address_of(login: &Login, wanted: Option<&str>) -> ApiResult<(EmailAddress, bool)> {
    let mut check = Check::default();
    let known = login.email.as_deref().map(EmailAddress::parse);
    let email = match (known, wanted) {
        (Some(Ok(email)), None) => Some(email),
        (Some(_), Some(_)) => {
            check.fault("email", "cannot be changed here: the account has one");
            None
        }
        (Some(Err(_)) | None, None) => {
            check.fault("email", "is missing: the account has none to sign in with");
            None
        }
        (None, Some(wanted)) => check.email("email", wanted),
    };
    Ok((check.given(email)?, login.email.is_none()))
}

/// Whoever found an open browser must not be able to keep it.
async fn require_current(
    gateway: &Gateway,
    login: &Login,
    current: Option<SecretString>,
    address: IpAddr,
) -> ApiResult<()> {
    if login.password_hash.is_none() {
        return Ok(());
    }
    let Some(password) = current else {
        return Err(refused("is missing"));
    };
    let of = PasswordOf {
        login,
        password,
        address,
    };
    if gateway.require_password(of).await? {
        Ok(())
    } else {
        Err(refused("is not your password"))
    }
}

fn refused(problem: &str) -> ApiError {
    ApiError::fields(
        ErrorCode::PermissionDenied,
        vec![FieldError::new("current", problem)],
    )
}

/// With a password they would get into workspaces that the token does not let into.
fn bound() -> ApiError {
    let detail = "A token of one of your workspaces sets no password, which is for all of them.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy(
            "Sign in at your identity provider, or ask an admin for a link to set a password.",
        )
        .into()
}

fn taken() -> ApiError {
    let detail = "There is another account with this email address.";
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Use another address.")
        .into()
}

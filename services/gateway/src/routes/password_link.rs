//! `POST /api/password-link`

use axum::extract::State;
use http::StatusCode;
use mosaic_domain::Scope;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{EmailAddress, LinkSecret};
use secrecy::ExposeSecret as _;

use crate::error::{ApiError, ApiResult};
use crate::extract::Stranger;
use crate::routes::refusals::SettingUp;
use crate::sign_in::actor;
use crate::state::Gateway;
use crate::wire::{PasswordByLinkBody, new_password};

/// Sets a new password with a link that an admin made. The link is good once; every session of its person ends.
#[utoipa::path(
    post,
    path = "/api/password-link",
    operation_id = "setPasswordByLink",
    tag = "identity",
    security(()),
    request_body = PasswordByLinkBody,
    responses((status = NO_CONTENT, description = "Sign in with the new password"), SettingUp)
)]
pub(crate) async fn password_link(
    State(gateway): State<Gateway>,
    stranger: Stranger<PasswordByLinkBody>,
) -> ApiResult<StatusCode> {
    let Stranger { address, body, .. } = stranger;
    let unknown = || gateway.refuse_secret(address, gone());
    let secret = LinkSecret::parse(body.secret.expose_secret()).map_err(|_| unknown())?;
    let hash = secret.hash();
    let owner = gateway.storage.password_link_owner(&hash).await?;
    let owner = owner.ok_or_else(unknown)?;
    let email = owner.email.as_deref();
    let email = email.and_then(|email| EmailAddress::parse(email).ok());
    let rules = gateway.password_rules();
    new_password(
        "password",
        rules,
        &body.password,
        &owner.name,
        email.as_ref(),
    )?;
    let password_hash = gateway.passwords.hash(address, body.password).await?;
    let user_id = owner.user_id;
    let workspace = gateway.storage.workspace_to_sign_in(user_id, None).await?;
    let workspace = match workspace {
        Some(workspace) => Some(workspace),
        None => gateway.storage.home_workspace().await?,
    };
    let scope = Scope {
        workspace_id: workspace.ok_or_else(gone)?,
        user_id,
    };
    let by = actor(scope, &owner.name, address);
    let done = gateway
        .storage
        .redeem_password_link(&hash, &password_hash, &by);
    if done.await? {
        gateway.authenticator.forget(user_id);
        tracing::info!(user = %user_id, "somebody set a password with a link");
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(gone())
    }
}

fn gone() -> ApiError {
    let detail = "This link counts no more: it was used, has expired, or was replaced by another.";
    Problem::new(ErrorCode::NotFound, detail)
        .with_remedy("Ask an admin for another one.")
        .into()
}

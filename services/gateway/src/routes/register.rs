//! `POST /api/register`

use axum::extract::State;
use axum::response::Response;
use mosaic_config::Registration;
use mosaic_error::{ErrorCode, Problem};
use mosaic_runtime::clock;
use mosaic_storage::{NewAccount, Registered, SessionOrigin};

use crate::error::{ApiError, ApiResult};
use crate::extract::Stranger;
use crate::routes::refusals::SettingUp;
use crate::sign_in::NewSignIn;
use crate::state::Gateway;
use crate::wire::{MeBody, RegisterBody};

/// Makes an account for whoever comes, in the home workspace, and signs them in. Only where `auth.registration` is `open`.
#[utoipa::path(
    post,
    path = "/api/register",
    operation_id = "register",
    tag = "identity",
    security(()),
    request_body = RegisterBody,
    responses((status = CREATED, body = MeBody, description = "You have an account and are signed in"), SettingUp)
)]
pub(crate) async fn register(
    State(gateway): State<Gateway>,
    stranger: Stranger<RegisterBody>,
) -> ApiResult<Response> {
    let Stranger {
        parts,
        address,
        body,
    } = stranger;
    if gateway.auth.registration != Registration::Open || !gateway.auth.password {
        return Err(closed());
    }
    let newcomer = body.into_newcomer(gateway.password_rules())?;
    // Nobody makes accounts by the thousand, nor finds out by the thousand which there are.
    if let Err(wait) = gateway.sign_ins.failure(address) {
        let detail = "Too many accounts were made from your address.";
        return Err(gateway.rates.refuse_sign_in(address, detail, wait));
    }
    let password_hash = gateway.passwords.hash(address, newcomer.password);
    let password_hash = password_hash.await?;
    let new = NewAccount {
        user_id: clock::id(),
        name: &newcomer.name,
        email: newcomer.email.as_str(),
        password_hash: &password_hash,
        address: Some(address),
    };
    let scope = match gateway.storage.register(&new).await? {
        Registered::Done(scope) => scope,
        Registered::Taken => return Err(taken()),
        Registered::NotSetUp => return Err(not_set_up()),
    };
    tracing::info!(user = %scope.user_id, "somebody registered");
    let signed_in = gateway.sign_in(NewSignIn {
        parts: &parts,
        address,
        scope,
        name: new.name,
        origin: SessionOrigin::Password,
        password_since: None,
    });
    gateway.welcome(signed_in.await?).await
}

fn closed() -> ApiError {
    let detail = "Nobody makes an account by themselves here.";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .with_remedy("Ask an admin for an invitation.")
        .into()
}

fn taken() -> ApiError {
    let detail = "There is an account with this email address already.";
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy(
            "Sign in with it, or ask an admin for a link with which you set a new password.",
        )
        .into()
}

fn not_set_up() -> ApiError {
    let detail = "This installation waits for its first admin.";
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Set it up first.")
        .into()
}

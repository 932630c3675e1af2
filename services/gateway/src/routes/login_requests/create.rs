//! `POST /api/login-requests`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{LinkCode, LinkSecret};
use mosaic_runtime::clock;
use mosaic_storage::NewLoginRequest;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Origin, Stranger};
use crate::oidc::HOLDS;
use crate::routes::refusals::SettingUp;
use crate::state::Gateway;
use crate::wire::check::Check;
use crate::wire::{NewLoginRequestBody, OpenLoginRequestBody};

/// The longest name of a program.
const NAME_CHARS: usize = 100;
/// How long a program waits between two looks.
const INTERVAL_SECONDS: u64 = 2;

/// Asks for a token, for a program of somebody who lets it in on the web page: the person opens `url` and types `code`, within ten
/// minutes; the program fetches the token with `secret`.
#[utoipa::path(
    post,
    path = "/api/login-requests",
    operation_id = "createLoginRequest",
    tag = "identity",
    security(()),
    request_body = NewLoginRequestBody,
    responses((status = CREATED, body = OpenLoginRequestBody, description = "The request waits for its person"), SettingUp)
)]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Origin(origin): Origin,
    stranger: Stranger<NewLoginRequestBody>,
) -> ApiResult<(StatusCode, Json<OpenLoginRequestBody>)> {
    let Stranger { address, body, .. } = stranger;
    let NewLoginRequestBody { name } = body;
    let mut check = Check::default();
    check.text("name", &name, NAME_CHARS);
    if name.chars().any(char::is_control) {
        check.fault("name", "contains characters that cannot be shown");
    }
    check.done()?;
    if let Err(wait) = gateway.asks.failure(address) {
        let detail = "Too many programs have asked for a token from your address.";
        return Err(gateway.rates.refuse_sign_in(address, detail, wait));
    }
    let (code, secret) = (LinkCode::generate(), LinkSecret::generate());
    let new = NewLoginRequest {
        id: clock::id(),
        code_hash: code.hash(),
        secret_hash: secret.hash(),
        name: name.trim(),
        address,
        holds: HOLDS,
    };
    let made = gateway.storage.create_login_request(&new).await?;
    let expires_at = made.ok_or_else(too_many)?;
    let body = OpenLoginRequestBody {
        id: new.id.uuid(),
        code: code.expose().to_string(),
        secret: secret.expose().into(),
        url: format!("{origin}/approve"),
        expires_at,
        interval_seconds: INTERVAL_SECONDS,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

fn too_many() -> ApiError {
    let detail = "Too many programs wait for their person.";
    Problem::new(ErrorCode::RateLimited, detail)
        .with_remedy("Try again in a few minutes.")
        .into()
}

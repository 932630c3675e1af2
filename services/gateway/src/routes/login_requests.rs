//! `/api/login-requests`: a program asks for a token, and its person lets it in.

mod approve;
mod create;
mod deny;
mod look;
mod token;

use mosaic_domain::SessionId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{Action, LinkCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::state::Gateway;
use crate::wire::check::Check;

/// Every route of requests for a token.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(token::token))
        .routes(routes!(look::look))
        .routes(routes!(approve::approve))
        .routes(routes!(deny::deny))
}

/// The session of a person who decides. A token does not do: what it may be used for must not grow by asking for another.
fn deciding(identity: &Identity) -> ApiResult<SessionId> {
    identity.allow(Action::ManageSelf)?;
    identity.caller.credential.session_id().ok_or_else(|| {
        let detail = "Only who is signed in in a browser lets programs in.";
        Problem::new(ErrorCode::PermissionDenied, detail)
            .with_remedy("Sign in on the web page and open /approve there.")
            .into()
    })
}

/// Reads a code, unless this session has shown too many that do not exist.
async fn code_of(gateway: &Gateway, session: SessionId, text: &str) -> ApiResult<LinkCode> {
    gateway.guesses.check(session).await?;
    LinkCode::parse(text).map_err(|error| {
        let mut check = Check::default();
        check.fault("code", format!("is no code: {error}"));
        check.done().err().unwrap_or_else(unknown)
    })
}

/// There is no such code: counts against the session.
async fn wrong(gateway: &Gateway, session: SessionId) -> ApiError {
    gateway.guesses.wrong(session).await;
    unknown()
}

fn unknown() -> ApiError {
    let detail =
        "No program waits with this code; it may have expired, or somebody has decided already.";
    Problem::new(ErrorCode::NotFound, detail)
        .with_remedy("Check the code, or have the program ask for a new one.")
        .into()
}

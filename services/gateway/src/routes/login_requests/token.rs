//! `POST /api/login-requests/{id}/token`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use mosaic_domain::LoginRequestId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::{ApiToken, LinkSecret, TokenScope};
use mosaic_runtime::clock;
use mosaic_storage::{FetchedToken, LoginToken};
use secrecy::ExposeSecret as _;

use crate::error::{ApiError, ApiResult};
use crate::extract::{PathId, Stranger};
use crate::routes::refusals::SettingUp;
use crate::state::Gateway;
use crate::wire::{FetchTokenBody, FetchedTokenBody, PendingBody};

/// Fetches the token of a request once its person has let the program in. It is made now and shown this once; it counts until it
/// is revoked.
#[utoipa::path(
    post,
    path = "/api/login-requests/{id}/token",
    operation_id = "fetchLoginToken",
    tag = "identity",
    security(()),
    params(("id" = uuid::Uuid, Path, description = "The request")),
    request_body = FetchTokenBody,
    responses(
        (status = OK, body = FetchedTokenBody, description = "The token; it is not shown again"),
        (status = ACCEPTED, body = PendingBody, description = "Nobody has decided yet"),
        SettingUp
    )
)]
pub(crate) async fn token(
    State(gateway): State<Gateway>,
    PathId(id): PathId<LoginRequestId>,
    stranger: Stranger<FetchTokenBody>,
) -> ApiResult<Response> {
    let FetchTokenBody { secret } = stranger.body;
    let missing = || ApiError::not_found("open login request", id);
    let secret = LinkSecret::parse(secret.expose_secret()).map_err(|_| missing())?;
    let token = ApiToken::generate();
    let new = LoginToken {
        id: clock::id(),
        hash: *token.hash().as_bytes(),
        scopes: &[TokenScope::Admin.as_str().to_owned()],
        hint: token.hint(),
    };
    let fetched = gateway
        .storage
        .fetch_login_token(id, &secret.hash(), &new)
        .await?;
    match fetched {
        FetchedToken::Made(scope) => {
            tracing::info!(user = %scope.user_id, token = %new.id, "a program got its token");
            let identified = gateway.authenticator.authenticate_token(token.expose());
            let body = FetchedTokenBody {
                token: token.expose().into(),
                me: gateway.me(&identified.await?.caller).await?,
            };
            Ok(Json(body).into_response())
        }
        FetchedToken::Pending => {
            let body = PendingBody { state: "pending" };
            Ok((StatusCode::ACCEPTED, Json(body)).into_response())
        }
        FetchedToken::Missing => Err(missing()),
        FetchedToken::TooMany => {
            let detail = "Whoever let this program in has too many tokens.";
            Err(Problem::new(ErrorCode::Conflict, detail)
                .with_remedy("Revoke some of them on the web page, under Settings.")
                .into())
        }
    }
}

//! `GET /api/auth/oidc/{provider}/callback`

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use crate::extract::{Origin, Peer, QueryString, own_page};
use crate::oidc::{Answer, SignInProblem};
use crate::routes::refusals::Public;
use crate::state::Gateway;
use crate::wire::CallbackQuery;

/// Where an identity provider sends a browser back to. Leads on to where the sign-in began, with the session's cookie, or to
/// `/sign-in?problem=…`.
#[utoipa::path(
    get,
    path = "/api/auth/oidc/{provider}/callback",
    operation_id = "finishSingleSignOn",
    tag = "identity",
    security(()),
    params(("provider" = String, Path, description = "The provider's name"), CallbackQuery),
    responses(
        (status = SEE_OTHER, description = "To where the sign-in began, or to the sign-in page with a problem"),
        Public
    )
)]
pub(crate) async fn callback(
    State(gateway): State<Gateway>,
    Origin(origin): Origin,
    Peer(address): Peer,
    Path(provider): Path<String>,
    query: Result<QueryString<CallbackQuery>, crate::error::ApiError>,
    parts: Parts,
) -> Response {
    let Ok(QueryString(query)) = query else {
        return SignInProblem::Invalid.into_response();
    };
    let answer = Answer {
        provider: &provider,
        origin: &origin,
        state: query.state.as_deref(),
        code: query.code,
        error: query.error.as_deref(),
        issuer: query.iss,
        address,
        parts: &parts,
        secure: own_page::is_secure(&parts, &gateway.limits),
    };
    let finished = gateway.finish_oidc(answer).await;
    finished.unwrap_or_else(SignInProblem::into_response)
}

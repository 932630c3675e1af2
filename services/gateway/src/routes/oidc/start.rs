//! `GET /api/auth/oidc/{provider}/start`

use axum::extract::{FromRequestParts as _, Path, State};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use mosaic_identity::{Action, ReturnTo};
use mosaic_storage::Linker;

use crate::extract::{Identity, Origin, QueryString, own_page};
use crate::oidc::{Begin, SignInProblem};
use crate::routes::refusals::Public;
use crate::state::Gateway;
use crate::wire::StartQuery;

/// Sends a browser to an identity provider to sign in there; it comes back to `returnTo`. With `link=true`, who is signed in by a
/// session links what they are there to their account. A problem leads to `/sign-in?problem=…`.
#[utoipa::path(
    get,
    path = "/api/auth/oidc/{provider}/start",
    operation_id = "startSingleSignOn",
    tag = "identity",
    security(()),
    params(("provider" = String, Path, description = "The provider's name"), StartQuery),
    responses(
        (status = SEE_OTHER, description = "To the provider, or to the sign-in page with a problem"),
        Public
    )
)]
pub(crate) async fn start(
    State(gateway): State<Gateway>,
    Origin(origin): Origin,
    Path(provider): Path<String>,
    query: Result<QueryString<StartQuery>, crate::error::ApiError>,
    mut parts: Parts,
) -> Response {
    let Ok(QueryString(query)) = query else {
        return SignInProblem::Invalid.into_response();
    };
    let linking = if query.link.unwrap_or_default() {
        match linker(&mut parts, &gateway).await {
            Ok(linker) => Some(linker),
            Err(problem) => return problem.into_response(),
        }
    } else {
        None
    };
    let begin = Begin {
        provider: &provider,
        origin: &origin,
        return_to: ReturnTo::or_home(query.return_to.as_deref()),
        linking,
        headers: &parts.headers,
        secure: own_page::is_secure(&parts, &gateway.limits),
    };
    let begun = gateway.begin_oidc(begin).await;
    begun.unwrap_or_else(SignInProblem::into_response)
}

/// Who links: somebody with a session, led here by an own page and by nobody else's link.
async fn linker(parts: &mut Parts, gateway: &Gateway) -> Result<Linker, SignInProblem> {
    let identity = Identity::from_request_parts(parts, gateway).await?;
    // An address that somebody was sent and opened comes from no page, and reading may; this is more than reading.
    let site = parts.headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return Err(SignInProblem::SignedOut);
    }
    identity.allow(Action::ManageSelf)?;
    let session = identity.caller.credential.session_id();
    Ok(Linker {
        user_id: identity.caller.scope.user_id,
        session_id: session.ok_or(SignInProblem::SignedOut)?,
    })
}

//! `/api/auth/oidc`: where browsers leave for a provider and come back.

mod callback;
mod start;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// Every route of single sign-on.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(start::start))
        .routes(routes!(callback::callback))
}

//! `/api/me/identities`: who the caller is at identity providers.

mod list;
mod remove;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// Every route of the caller's identities.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(remove::remove))
}

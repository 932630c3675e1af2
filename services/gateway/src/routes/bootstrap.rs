//! `/api/bootstrap`.

mod setup;
mod status;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// The begin of an installation.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(status::status))
        .routes(routes!(setup::setup))
}

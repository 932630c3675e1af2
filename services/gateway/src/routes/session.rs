//! `/api/session`.

mod create;
mod delete;
mod read;
mod workspace;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// The session of this browser.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(create::create, read::read, delete::delete))
        .routes(routes!(workspace::switch))
}

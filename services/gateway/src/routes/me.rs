//! `/api/me`.

mod delete;
mod password;
mod read;
mod rename;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// The own account.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(read::read, rename::rename, delete::delete))
        .routes(routes!(password::change))
}

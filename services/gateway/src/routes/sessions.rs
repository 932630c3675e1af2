//! `/api/sessions`.

mod delete;
mod end;
mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// The sessions of the caller.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list, delete::delete))
        .routes(routes!(end::end))
}

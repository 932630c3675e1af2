//! `/api/queues`.

mod dead;
mod discard;
mod drain;
mod jobs;
mod list;
mod pause;
mod read;
mod rebuild;
mod rebuild_all;
mod resume;
mod retry;
mod retry_all;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Gateway;

/// Every route of the queues.
pub(super) fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(rebuild_all::rebuild_all))
        .routes(routes!(read::read))
        .routes(routes!(jobs::jobs))
        .routes(routes!(pause::pause))
        .routes(routes!(resume::resume))
        .routes(routes!(drain::drain))
        .routes(routes!(rebuild::rebuild))
        .routes(routes!(dead::dead))
        .routes(routes!(retry_all::retry_all))
        .routes(routes!(retry::retry))
        .routes(routes!(discard::discard))
}

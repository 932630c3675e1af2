//! `GET /api/bootstrap/status`

use axum::Json;
use axum::extract::State;

use crate::error::ApiResult;
use crate::routes::refusals::Public;
use crate::state::Gateway;
use crate::wire::BootstrapStatus;

/// Whether the installation waits for its first admin. Needs no token.
#[utoipa::path(
    get,
    path = "/api/bootstrap/status",
    operation_id = "readBootstrapStatus",
    tag = "identity",
    security(()),
    responses((status = OK, body = BootstrapStatus, description = "The status"), Public)
)]
pub(crate) async fn status(State(gateway): State<Gateway>) -> ApiResult<Json<BootstrapStatus>> {
    let needs_setup = gateway.storage.needs_setup().await?;
    Ok(Json(BootstrapStatus { needs_setup }))
}

//! `GET /api/me`

use axum::Json;

use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::wire::MeBody;

/// Who the caller is.
#[utoipa::path(
    get,
    path = "/api/me",
    operation_id = "readMe",
    tag = "identity",
    responses((status = OK, body = MeBody, description = "The caller"), Reading)
)]
pub(crate) async fn me(identity: Identity) -> Json<MeBody> {
    Json(identity.caller.into())
}

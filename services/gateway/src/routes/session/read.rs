//! `GET /api/session`

use axum::Json;

use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::wire::MeBody;

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/api/session",
    operation_id = "readSession",
    tag = "identity",
    responses((status = OK, body = MeBody, description = "You are"), Reading)
)]
pub(crate) async fn read(identity: Identity) -> Json<MeBody> {
    Json(identity.caller.into())
}

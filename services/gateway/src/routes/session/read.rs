//! `GET /api/session`

use axum::Json;
use axum::extract::State;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::MeBody;

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/api/session",
    operation_id = "readSession",
    tag = "identity",
    responses((status = OK, body = MeBody, description = "You are"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<MeBody>> {
    Ok(Json(gateway.me(&identity.caller).await?))
}

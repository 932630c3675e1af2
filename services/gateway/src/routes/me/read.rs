//! `GET /api/me`

use axum::Json;
use axum::extract::State;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::MeBody;

/// Who the caller is, and what they may do here.
#[utoipa::path(
    get,
    path = "/api/me",
    operation_id = "readMe",
    tag = "identity",
    responses((status = OK, body = MeBody, description = "The caller"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<MeBody>> {
    Ok(Json(gateway.me(&identity.caller).await?))
}

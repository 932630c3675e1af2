//! `GET /api/models`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::ModelList;

/// Lists the models that can be chosen.
#[utoipa::path(
    get,
    path = "/api/models",
    operation_id = "listModels",
    tag = "conversations",
    responses((status = OK, body = ModelList, description = "All of them"), Reading)
)]
pub(crate) async fn models(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<ModelList>> {
    identity.allow(Action::Read)?;
    let items = gateway.providers.models().await;
    Ok(Json(ModelList { items }))
}

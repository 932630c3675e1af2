//! `GET /api/runs/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::RunId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::RunBody;

/// One run.
#[utoipa::path(
    get,
    path = "/api/runs/{id}",
    operation_id = "readRun",
    tag = "runs",
    params(("id" = uuid::Uuid, Path, description = "The run")),
    responses((status = OK, body = RunBody, description = "The run"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<RunId>,
) -> ApiResult<Json<RunBody>> {
    identity.allow(Action::Read)?;
    let run = gateway.storage.run(identity.caller.scope, id).await?;
    let run = run.ok_or_else(|| ApiError::not_found("run", id))?;
    Ok(Json(run.into()))
}

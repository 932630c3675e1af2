//! `GET /api/memory/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::MemoryId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::MemoryBody;

/// One memory.
#[utoipa::path(
    get,
    path = "/api/memory/{id}",
    operation_id = "readMemory",
    tag = "memory",
    params(("id" = uuid::Uuid, Path, description = "The memory")),
    responses((status = OK, body = MemoryBody, description = "The memory"), Reading)
)]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<MemoryId>,
) -> ApiResult<Json<MemoryBody>> {
    identity.allow(Action::Read)?;
    let memory = gateway.storage.memory(identity.caller.scope, id).await?;
    let memory = memory.ok_or_else(|| ApiError::not_found("memory", id))?;
    Ok(Json(memory.into()))
}

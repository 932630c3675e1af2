//! `DELETE /api/memory/{id}`

use axum::Json;
use axum::extract::State;
use mosaic_domain::MemoryId;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, PathId};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::ForgottenBody;

/// Forgets a memory, and with it what agents said and noted because of it. The conversations themselves stay.
#[utoipa::path(
    delete,
    path = "/api/memory/{id}",
    operation_id = "forgetMemory",
    tag = "memory",
    params(("id" = uuid::Uuid, Path, description = "The memory")),
    responses((status = OK, body = ForgottenBody, description = "What was forgotten"), Reading)
)]
pub(crate) async fn forget(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<MemoryId>,
) -> ApiResult<Json<ForgottenBody>> {
    identity.allow(Action::Converse)?;
    let scope = identity.caller.scope;
    let forgotten = gateway.storage.forget_memory(scope, id).await?;
    let forgotten = forgotten.ok_or_else(|| ApiError::not_found("memory", id))?;
    Ok(Json(forgotten.into()))
}

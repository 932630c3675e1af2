//! `GET /api/workers`

use axum::Json;
use axum::extract::State;
use mosaic_identity::{Action, may};

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{WorkerBody, WorkerList};

/// The workers that execute runs, with what each takes and holds. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/workers",
    operation_id = "listWorkers",
    tag = "operation",
    responses((status = OK, body = WorkerList, description = "The workers"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<WorkerList>> {
    identity.allow(Action::Operate)?;
    let workers = gateway.storage.workers().await?;
    let installation = may(&identity.caller, Action::OperateInstallation);
    let body = |worker| WorkerBody::new(worker, installation);
    let items = workers.into_iter().map(body).collect();
    Ok(Json(WorkerList { items }))
}

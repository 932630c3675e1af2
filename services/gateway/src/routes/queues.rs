//! `GET /api/queues`

use axum::Json;
use axum::extract::State;
use futures::future::try_join_all;
use mosaic_identity::Action;

use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{QueueBody, QueueList};

/// The numbers of every task queue. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/queues",
    operation_id = "listQueues",
    tag = "operation",
    responses((status = OK, body = QueueList, description = "The queues"), Reading)
)]
pub(crate) async fn queues(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<QueueList>> {
    identity.allow(Action::Operate)?;
    let names = gateway.bus.queues().await?;
    let items = try_join_all(names.into_iter().map(async |name| {
        let stats = gateway.bus.queue(&name).stats().await?;
        Ok::<_, ApiError>(QueueBody::new(name, &stats))
    }))
    .await?;
    Ok(Json(QueueList { items }))
}

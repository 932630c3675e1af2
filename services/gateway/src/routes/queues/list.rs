//! `GET /api/queues`

use axum::Json;
use axum::extract::State;
use futures::future::try_join_all;
use mosaic_identity::{Action, may};

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::QueueList;

/// The numbers of every task queue. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/queues",
    operation_id = "listQueues",
    tag = "operation",
    responses((status = OK, body = QueueList, description = "The queues"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<QueueList>> {
    identity.allow(Action::Operate)?;
    let names = gateway.queue_names().await?;
    let queues = names.iter().map(|name| gateway.queues.queue(name));
    let installation = may(&identity.caller, Action::OperateInstallation);
    let body = async |queue| gateway.queue_body(&queue, installation).await;
    let items = try_join_all(queues.map(body)).await?;
    Ok(Json(QueueList { items }))
}

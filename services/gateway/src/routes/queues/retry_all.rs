//! `POST /api/queues/{queue}/dead/retry`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{RetriedBody, RetryAllBody};

/// Puts dead letters of the caller's workspace back on their task queue as if they had never been tried: the newest, in
/// the order in which they died. A workspace has one such command at a time for a queue; another is answered 409. For owners and
/// admins.
#[utoipa::path(
    post,
    path = "/api/queues/{queue}/dead/retry",
    operation_id = "retryDeadJobs",
    tag = "operation",
    params(("queue" = String, Path, description = "The queue")),
    request_body = Option<RetryAllBody>,
    responses((status = OK, body = RetriedBody, description = "How many"), Writing)
)]
pub(crate) async fn retry_all(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path(queue): Path<String>,
    body: Option<JsonBody<Option<RetryAllBody>>>,
) -> ApiResult<Json<RetriedBody>> {
    let command = QueueCommand::new((&identity, address), "queue.retry_all", &queue);
    gateway
        .require_operator(&identity, Action::Operate, &command)
        .await?;
    let (limit, reason) = body
        .and_then(|JsonBody(body)| body)
        .unwrap_or_default()
        .into_parts()?;
    let command = command.because(reason);
    let retried = gateway.retry_all_dead(command, &queue, limit).await?;
    Ok(Json(retried))
}

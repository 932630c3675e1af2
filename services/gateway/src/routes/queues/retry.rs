//! `POST /api/queues/{queue}/dead/{entry}/retry`

use axum::Json;
use axum::extract::{Path, State};
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, JsonBody, Peer};
use crate::queues::QueueCommand;
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{JobBody, RetryBody};

/// Puts a dead letter back on its task queue as if it had never been tried, with other data if given: they may change what is
/// done, and not for whom. Whoever works on it finds out by itself if there is nothing left to do, as for a run that has ended. For
/// owners and admins.
#[utoipa::path(
    post,
    path = "/api/queues/{queue}/dead/{entry}/retry",
    operation_id = "retryDeadJob",
    tag = "operation",
    params(
        ("queue" = String, Path, description = "The queue"),
        ("entry" = String, Path, description = "The entry among the dead letters")
    ),
    request_body = Option<RetryBody>,
    responses((status = OK, body = JobBody, description = "The job as it was put back"), Writing)
)]
pub(crate) async fn retry(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path((queue, entry)): Path<(String, String)>,
    body: Option<JsonBody<Option<RetryBody>>>,
) -> ApiResult<Json<JobBody>> {
    let target = format!("{queue}/{entry}");
    let command = QueueCommand::new((&identity, address), "queue.retry", &target);
    gateway
        .require_operator(&identity, Action::Operate, &command)
        .await?;
    let (data, reason) = body
        .and_then(|JsonBody(body)| body)
        .unwrap_or_default()
        .into_parts()?;
    let command = command.because(reason);
    let job = gateway.retry_dead(command, &queue, &entry, data).await?;
    Ok(Json(job))
}

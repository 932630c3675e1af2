//! `DELETE /api/queues/{queue}/dead/{entry}`

use axum::extract::{Path, State};
use http::StatusCode;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::{Identity, Peer, QueryString};
use crate::queues::QueueCommand;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::DiscardQuery;

/// Throws a dead letter away for good, on record too, and ends the run that waits for it. For owners and admins.
#[utoipa::path(
    delete,
    path = "/api/queues/{queue}/dead/{entry}",
    operation_id = "discardDeadJob",
    tag = "operation",
    params(
        ("queue" = String, Path, description = "The queue"),
        ("entry" = String, Path, description = "The entry among the dead letters"),
        DiscardQuery
    ),
    responses((status = NO_CONTENT, description = "It is gone"), Reading)
)]
pub(crate) async fn discard(
    State(gateway): State<Gateway>,
    identity: Identity,
    Peer(address): Peer,
    Path((queue, entry)): Path<(String, String)>,
    QueryString(query): QueryString<DiscardQuery>,
) -> ApiResult<StatusCode> {
    let target = format!("{queue}/{entry}");
    let command = QueueCommand::new((&identity, address), "queue.discard", &target);
    gateway
        .require_operator(&identity, Action::Operate, &command)
        .await?;
    let command = command.because(query.into_reason()?);
    gateway.discard_dead(command, &queue, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

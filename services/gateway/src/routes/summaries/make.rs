//! `POST /api/conversations/{id}/summaries`

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use mosaic_domain::ConversationId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_runtime::clock;
use mosaic_storage::SummaryRequest;

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, JsonBody, PathId};
use crate::routes::refusals::Writing;
use crate::state::Gateway;
use crate::wire::{NewSummaryBody, SummaryWantedBody};

/// Asks for a summary of a conversation. It is made soon; what it is made from stays as it is. Asking again before it is
/// made asks for the same one.
#[utoipa::path(
    post,
    path = "/api/conversations/{id}/summaries",
    operation_id = "makeSummary",
    tag = "summaries",
    params(("id" = uuid::Uuid, Path, description = "The conversation")),
    request_body = NewSummaryBody,
    responses((status = ACCEPTED, body = SummaryWantedBody, description = "It will be made"), Writing)
)]
pub(crate) async fn make(
    State(gateway): State<Gateway>,
    identity: Identity,
    PathId(id): PathId<ConversationId>,
    JsonBody(body): JsonBody<NewSummaryBody>,
) -> ApiResult<(StatusCode, Json<SummaryWantedBody>)> {
    identity.allow(Action::Converse)?;
    let scope = identity.caller.scope;
    let asked = gateway
        .storage
        .request_summary(scope, id, body.kind.into(), clock::now())
        .await?;
    let waiting = match asked {
        None => return Err(ApiError::not_found("conversation", id)),
        Some(SummaryRequest::Nothing) => return Err(nothing_new().into()),
        Some(SummaryRequest::Resting(until)) => return Err(resting(until).into()),
        Some(SummaryRequest::Waiting) => true,
        Some(SummaryRequest::Queued(outbox)) => {
            gateway.relay.publish(outbox);
            false
        }
    };
    let body = SummaryWantedBody {
        conversation_id: id.uuid(),
        kind: body.kind,
        waiting,
    };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

fn nothing_new() -> Problem {
    let detail = "There is nothing to summarise: nothing was said since the last summary.";
    Problem::new(ErrorCode::Conflict, detail).with_remedy(
        "Ask again after more was said; `GET` the same path for the summaries that are there.",
    )
}

fn resting(until: DateTime<Utc>) -> Problem {
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    let detail = format!(
        "This summary could not be made and is left alone for now: ask for it again after {until}."
    );
    Problem::new(ErrorCode::Conflict, detail).with_remedy(
        "Ask again then. An operator of the workspace sees among the dead jobs of `summaries` why it failed, and may \
         put it back sooner.",
    )
}

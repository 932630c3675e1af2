//! `GET /api/memory/search`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_service::{PeerError, search_memory};

use crate::error::{ApiError, ApiResult};
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{MemorySearchBody, MemorySearchQuery};

/// How long the indexer may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Searches in what is remembered of the caller, by words and by meaning at once. Every score is explained.
#[utoipa::path(
    get,
    path = "/api/memory/search",
    operation_id = "searchMemory",
    tag = "memory",
    params(MemorySearchQuery),
    responses((status = OK, body = MemorySearchBody, description = "What was found, the best first"), Reading)
)]
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<MemorySearchQuery>,
) -> ApiResult<Json<MemorySearchBody>> {
    identity.allow(Action::Read)?;
    let request = query.into_request(identity.caller.scope)?;
    let answer = search_memory(&gateway.peers, DEADLINE, request)
        .await
        .map_err(|error| unanswered(&error))?;
    let body = MemorySearchBody::try_from(answer).map_err(|reason| {
        ApiError::because(
            ErrorCode::Internal,
            "The answer of the indexer cannot be read.",
            reason,
        )
    })?;
    Ok(Json(body))
}

/// Without the indexer nothing is searched: half an answer would look like a whole one.
fn unanswered(error: &PeerError) -> ApiError {
    let (code, detail) = match error {
        error if error.is_transient() => (
            ErrorCode::Unavailable,
            "Memory cannot be searched now: memory-indexer does not answer.",
        ),
        PeerError::Answer { status, .. } if status.code() == tonic::Code::Unauthenticated => (
            ErrorCode::Unavailable,
            "Memory cannot be searched: memory-indexer does not accept this gateway.",
        ),
        _ => (ErrorCode::Internal, "Memory could not be searched."),
    };
    let remedy = match error {
        PeerError::Absent { .. } => {
            "Start mosaic-memory-indexer; `mosaic doctor` shows which services run."
        }
        PeerError::Answer { status, .. } if status.code() == tonic::Code::Unauthenticated => {
            "Set internal.token to the same value for every service."
        }
        _ => "Try again in a moment; `mosaic doctor` shows how memory-indexer is.",
    };
    let mut api = ApiError::because(code, detail, error);
    api.problem = Box::new(Problem::new(code, detail).with_remedy(remedy));
    api
}

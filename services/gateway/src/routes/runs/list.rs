//! `GET /api/runs`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;
use mosaic_storage::{Reach, RunFilter};

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{KillScope, RunEntryBody, RunEntryList, RunQuery};

/// Lists runs, the newest first: the caller's own, or with `scope=workspace` everybody's, without what is said in them.
#[utoipa::path(
    get,
    path = "/api/runs",
    operation_id = "listRuns",
    tag = "runs",
    params(RunQuery),
    responses((status = OK, body = RunEntryList, description = "One page"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<RunQuery>,
) -> ApiResult<Json<RunEntryList>> {
    identity.allow(Action::Read)?;
    let scope = identity.caller.scope;
    let reach = match query.scope {
        KillScope::Mine => Reach::Own(scope),
        KillScope::Workspace => {
            identity.allow(Action::Command)?;
            Reach::Workspace(scope.workspace_id)
        }
    };
    let filter = query.into_filter()?;
    let limit = filter.limit as usize;
    // One more than asked for tells whether the list goes on.
    let one_more = RunFilter {
        limit: filter.limit + 1,
        ..filter
    };
    let mut entries = gateway.storage.run_entries(reach, &one_more).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().filter(|_| more);
    Ok(Json(RunEntryList {
        next_cursor: last.map(|entry| entry.run.id.to_string()),
        items: entries
            .into_iter()
            .map(|entry| RunEntryBody::seen_by(scope.user_id, entry))
            .collect(),
    }))
}

//! `GET /api/memory`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;
use mosaic_storage::{MemoryList, MemoryPage};

use crate::error::ApiResult;
use crate::extract::{Identity, QueryString};
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{MemoryBody, MemoryCursor, MemoryListBody, MemoryListQuery};

/// Lists what is remembered of the caller, the newest first.
#[utoipa::path(
    get,
    path = "/api/memory",
    operation_id = "listMemories",
    tag = "memory",
    params(MemoryListQuery),
    responses((status = OK, body = MemoryListBody, description = "One page"), Reading)
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    identity: Identity,
    QueryString(query): QueryString<MemoryListQuery>,
) -> ApiResult<Json<MemoryListBody>> {
    identity.allow(Action::Read)?;
    let list = query.into_list()?;
    // One more than asked for tells whether the list goes on.
    let wanted = MemoryList {
        limit: list.limit + 1,
        ..list
    };
    let scope = identity.caller.scope;
    let mut items = gateway.storage.memories(scope, &wanted).await?;
    let more = items.len() > list.limit as usize;
    items.truncate(list.limit as usize);
    let last = items.last().filter(|_| more).map(|last| MemoryPage {
        created_at: last.created_at,
        id: last.id,
    });
    Ok(Json(MemoryListBody {
        items: items.into_iter().map(MemoryBody::from).collect(),
        next_cursor: last.map(|page| MemoryCursor(page).encode()),
    }))
}

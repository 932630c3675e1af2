//! Dead letters as the operators of one workspace read them. They lie between those of all the others, and where these lie, which is
//! when the others' jobs died, is told by nothing: neither by a page that is not full nor by where the next one begins.

use mosaic_bus::{DeadJob, DeadPage, Queue};
use mosaic_domain::WorkspaceId;

use crate::error::ApiResult;

/// Dead letters read at once.
const PAGE: usize = 200;
/// How often so many are read for one page. Behind more of the others than that the list ends.
const PAGES: usize = 25;

/// Dead letters of a workspace that are older than the entry `before`, newest first.
pub(crate) async fn own_dead(
    queue: &Queue,
    workspace: WorkspaceId,
    mut before: Option<String>,
    limit: usize,
) -> ApiResult<DeadPage> {
    let mut items = Vec::new();
    for _ in 0..PAGES {
        let page = queue.dead_page(before.as_deref(), PAGE).await?;
        let own = page.items.into_iter().filter(|dead| is_of(dead, workspace));
        // One more than is shown tells that the list goes on.
        let room = limit.saturating_add(1).saturating_sub(items.len());
        items.extend(own.take(room));
        before = page.next;
        if before.is_none() || items.len() > limit {
            break;
        }
    }
    let more = items.len() > limit || before.is_some();
    items.truncate(limit);
    let last = items.last().map(|dead: &DeadJob| dead.entry_id.clone());
    Ok(DeadPage {
        next: last.filter(|_| more),
        items,
    })
}

/// Whether a dead letter is a job of this workspace.
pub(super) fn is_of(dead: &DeadJob, workspace: WorkspaceId) -> bool {
    let job = dead.job.as_ref();
    job.is_some_and(|job| job.workspace_id == workspace)
}

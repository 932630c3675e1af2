//! Putting the newest dead letters of a workspace back. Those of all workspaces lie in one list, which is read for it: so a
//! workspace has one such command at a time for a queue, and it reads a part of the list only.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mosaic_bus::Queue;
use mosaic_domain::WorkspaceId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_storage::AuditOutcome;

use super::QueueCommand;
use super::list::is_of;
use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;
use crate::wire::RetriedBody;

/// Dead letters read at once.
const PAGE: usize = 200;
/// How often one command reads so many.
const PAGES: usize = 100;

/// The workspaces whose dead letters are being put back by this gateway, and on which queues. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Redrives(Arc<Mutex<HashSet<(WorkspaceId, String)>>>);

/// The right to put dead letters of a queue back; ends with it.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
struct Redrive {
    all: Redrives,
    whose: (WorkspaceId, String),
}

impl Redrives {
    /// Begins with this queue, unless somebody of the workspace is at it.
    fn begin(&self, workspace: WorkspaceId, queue: &str) -> Option<Redrive> {
        let whose = (workspace, queue.to_owned());
        let begun = self.lock().insert(whose.clone());
        begun.then(|| Redrive {
            all: self.clone(),
            whose,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(WorkspaceId, String)>> {
        // Nothing between the statements can panic, so the set is whole whatever happens elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Redrive {
    fn drop(&mut self) {
        self.all.lock().remove(&self.whose);
    }
}

/// Dead letters that are to be put back.
struct Chosen {
    /// Their entries, the newest first.
    entries: Vec<String>,
    /// Whether there are older ones at which nobody looked.
    more: bool,
}

impl Gateway {
    /// Puts the newest dead letters of the workspace back in the order in which they died: what was drained is to be worked on
    /// in its old order.
    pub(crate) async fn retry_all_dead(
        &self,
        command: QueueCommand,
        name: &str,
        limit: usize,
    ) -> ApiResult<RetriedBody> {
        let queue = self.queue_for(&command, name).await?;
        let workspace = command.actor.workspace_id;
        let Some(redrive) = self.redrives.begin(workspace, queue.name()) else {
            return Err(self.refused(&command, busy(queue.name())).await);
        };
        let chosen = chosen(&queue, workspace, limit).await?;
        let Chosen { mut entries, more } = chosen;
        if entries.is_empty() {
            // Asked for again and again it is one row.
            let nothing = command.entry(AuditOutcome::Refused);
            self.storage.audit(&nothing).await?;
            return Ok(RetriedBody { retried: 0, more });
        }
        entries.reverse();
        let command = command.about(&format!("{} dead letters", entries.len()));
        let gateway = self.clone();
        self.carry_out_telling(command, async move {
            let retried = gateway.queues.retry_dead_entries(queue.name(), &entries);
            let retried = retried.await;
            drop(redrive);
            let retried = retried?;
            let outcome = match retried {
                0 => AuditOutcome::Unchanged,
                _ => AuditOutcome::Done,
            };
            let told = format!("{retried} put back");
            Ok((RetriedBody { retried, more }, outcome, Some(told)))
        })
        .await
    }
}

/// The newest dead letters of a workspace.
async fn chosen(queue: &Queue, workspace: WorkspaceId, limit: usize) -> ApiResult<Chosen> {
    let (mut entries, mut before) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let page = queue.dead_page(before.as_deref(), PAGE).await?;
        let own = page.items.into_iter().filter(|dead| is_of(dead, workspace));
        let room = limit - entries.len();
        entries.extend(own.map(|dead| dead.entry_id).take(room));
        before = page.next;
        if before.is_none() || entries.len() == limit {
            return Ok(Chosen {
                entries,
                more: false,
            });
        }
    }
    Ok(Chosen {
        entries,
        more: true,
    })
}

fn busy(queue: &str) -> ApiError {
    let detail = format!("Dead letters of {queue} are being put back already.");
    Problem::new(ErrorCode::Conflict, detail)
        .with_remedy("Try again when that is done, or put single ones back by their entries.")
        .into()
}

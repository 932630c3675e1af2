//! Runs of people who do not belong to their workspace any more, or may not come in: whoever would take one ends it instead, so
//! that nothing is lost when whoever shut them out did not get to killing their runs.

use chrono::{DateTime, Utc};
use mosaic_domain::{RunEvent, RunId, RunState, WorkspaceId};
use sqlx::PgConnection;

use super::{Command, End, Locked, Reach, note};
use crate::{Actor, Error};

/// Shown where such a run ends.
const GONE: &str = "whoever asked for it is not an active member of the workspace any more";

/// Ends a run as killed that waits or was let go of, and begins what waits behind it.
pub(crate) async fn evict(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    run_id: RunId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let reach = Reach::Workspace(workspace_id);
    let Some(run) = Locked::find(tx, reach, run_id).await? else {
        return Ok(());
    };
    if run.state.is_terminal() || run.state == RunState::Paused {
        return Ok(());
    }
    let killed = RunEvent::Killed {
        reason: GONE.to_owned(),
    };
    let event = run.event(&killed, now)?;
    let end = End::wished(RunState::Killed, GONE);
    let ended = run.end(tx, &end, event).await?;
    let by = Actor {
        workspace_id,
        user_id: None,
        name: "Mosaic".to_owned(),
        address: None,
    };
    let command = Command {
        reach,
        run_id,
        reason: GONE,
        by: &by,
        now,
    };
    note(tx, "run.kill", &command, &ended).await
}

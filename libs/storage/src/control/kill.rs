//! Ending runs by force: at once, whoever holds them, and whether or not they can be reached.

use mosaic_domain::{Cursor, RunEvent, RunId, RunState, UserId};
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

use super::{Command, Commanded, End, Locked, Reach, note};
use crate::{Error, Storage};

impl Storage {
    /// Ends a run by force. Its epoch is raised, so whoever held it can write nothing more. `shown` is what watchers saw of
    /// it that is not recorded yet: it stays in the log, as far as it follows what is. `None` if there is no such run within
    /// reach.
    pub async fn kill_run(
        &self,
        command: &Command<'_>,
        shown: &[LogEvent],
    ) -> Result<Option<Commanded>, Error> {
        let mut tx = self.reaching(command.reach).with_outbox().await?;
        let Some(run) = Locked::find(&mut tx, command.reach, command.run_id).await? else {
            return Ok(None);
        };
        let killed = kill(&mut tx, run, command, shown).await?;
        note(&mut tx, "run.kill", command, &killed).await?;
        tx.commit().await?;
        Ok(Some(killed))
    }

    /// The runs within reach that have not ended, in an order in which killing one begins none of the others: what waits
    /// comes before what it waits for.
    pub async fn live_runs(&self, reach: Reach) -> Result<Vec<RunId>, Error> {
        let mut tx = self.reaching(reach).read().await?;
        let ids = sqlx::query_scalar!(
            "SELECT id
             FROM runs
             WHERE workspace_id = $1
               AND owner_id = COALESCE($2, owner_id)
               AND state IN ('queued', 'running', 'paused')
             ORDER BY conversation_id, ordinal DESC",
            reach.workspace_id().uuid(),
            reach.owner().map(UserId::uuid),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(ids.into_iter().map(RunId::new).collect())
    }
}

async fn kill(
    tx: &mut PgConnection,
    mut run: Locked,
    command: &Command<'_>,
    shown: &[LogEvent],
) -> Result<Commanded, Error> {
    if run.state == RunState::Killed {
        return Ok(Commanded::Unchanged(run.state));
    }
    if run.state.is_terminal() {
        return Ok(Commanded::Ended(run.state));
    }
    run.keep(tx, shown).await?;
    let killed = RunEvent::Killed {
        reason: command.reason.to_owned(),
    };
    let event = run.event(&killed, command.now)?;
    let end = End::wished(RunState::Killed, command.reason);
    run.end(tx, &end, event).await
}

/// The part of what was shown that follows what is recorded, number by number and within the claims there were.
pub(crate) fn following(log_seq: u32, epoch: u32, shown: &[LogEvent]) -> &[LogEvent] {
    let begin = shown
        .iter()
        .position(|event| event.cursor.seq == log_seq + 1)
        .unwrap_or(shown.len());
    let shown = &shown[begin..];
    let mut last = Cursor::new(0, log_seq);
    let count = shown
        .iter()
        .take_while(|event| {
            let follows = event.cursor.seq == last.seq + 1
                && event.cursor.epoch >= last.epoch
                && event.cursor.epoch <= epoch;
            last = event.cursor;
            follows
        })
        .count();
    &shown[..count]
}

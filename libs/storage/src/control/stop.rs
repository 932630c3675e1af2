//! Asking for a run to be stopped.

use mosaic_domain::{RunEvent, RunState};
use sqlx::PgConnection;

use super::{Command, Commanded, End, Locked, note};
use crate::{Error, Storage};

impl Storage {
    /// Stops a run if nobody holds it, and otherwise notes for its worker that it is to be stopped. `None` if there is no
    /// such run within reach.
    pub async fn stop_run(&self, command: &Command<'_>) -> Result<Option<Commanded>, Error> {
        let mut tx = self.reaching(command.reach).with_outbox().await?;
        let Some(run) = Locked::find(&mut tx, command.reach, command.run_id).await? else {
            return Ok(None);
        };
        let stopped = stop(&mut tx, run, command).await?;
        note(&mut tx, "run.stop", command, &stopped).await?;
        tx.commit().await?;
        Ok(Some(stopped))
    }
}

async fn stop(
    tx: &mut PgConnection,
    run: Locked,
    command: &Command<'_>,
) -> Result<Commanded, Error> {
    if run.state.is_terminal() {
        return Ok(Commanded::Unchanged(run.state));
    }
    if run.state == RunState::Running {
        sqlx::query!(
            "UPDATE runs SET cancel_reason = COALESCE(cancel_reason, $2) WHERE id = $1",
            command.run_id.uuid(),
            command.reason,
        )
        .execute(tx)
        .await?;
        let worker_id = run.holder();
        return Ok(Commanded::Requested { worker_id });
    }
    let ended = RunEvent::Cancelled {
        reason: command.reason.to_owned(),
    };
    let event = run.event(&ended, command.now)?;
    let end = End::wished(RunState::Cancelled, command.reason);
    run.end(tx, &end, event).await
}

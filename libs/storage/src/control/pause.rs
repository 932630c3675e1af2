//! Asking for a run to be paused.

use mosaic_domain::{RunEvent, RunState};
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

use super::{Change, Command, Commanded, Locked, note};
use crate::log::signed;
use crate::{Error, Storage, log};

impl Storage {
    /// Pauses a run if nobody holds it, and otherwise notes for its worker that it is to halt after the step in hand. `None`
    /// if there is no such run within reach.
    pub async fn pause_run(&self, command: &Command<'_>) -> Result<Option<Commanded>, Error> {
        let mut tx = self.reaching(command.reach).with_outbox().await?;
        let Some(run) = Locked::find(&mut tx, command.reach, command.run_id).await? else {
            return Ok(None);
        };
        let paused = pause(&mut tx, run, command).await?;
        note(&mut tx, "run.pause", command, &paused).await?;
        tx.commit().await?;
        Ok(Some(paused))
    }
}

async fn pause(
    tx: &mut PgConnection,
    run: Locked,
    command: &Command<'_>,
) -> Result<Commanded, Error> {
    if run.state.is_terminal() {
        return Ok(Commanded::Ended(run.state));
    }
    if run.stopping {
        return Ok(Commanded::Stopping);
    }
    match run.state {
        RunState::Running => {
            sqlx::query!(
                "UPDATE runs SET pause_reason = COALESCE(pause_reason, $2) WHERE id = $1",
                command.run_id.uuid(),
                command.reason,
            )
            .execute(tx)
            .await?;
            let worker_id = run.holder();
            Ok(Commanded::Requested { worker_id })
        }
        RunState::Queued => {
            let paused = RunEvent::Paused {
                reason: command.reason.to_owned(),
            };
            let event = run.event(&paused, command.now)?;
            halt(tx, run, command.reason, event).await
        }
        state => Ok(Commanded::Unchanged(state)),
    }
}

/// Halts a queued run. It keeps its place before those that wait behind it.
async fn halt(
    tx: &mut PgConnection,
    run: Locked,
    reason: &str,
    event: LogEvent,
) -> Result<Commanded, Error> {
    sqlx::query!(
        "UPDATE runs
         SET state = 'paused', pause_reason = $2, epoch = $3, log_seq = $4
         WHERE id = $1",
        run.run_id.uuid(),
        reason,
        signed(event.cursor.epoch),
        signed(event.cursor.seq),
    )
    .execute(&mut *tx)
    .await?;
    log::append(
        tx,
        run.workspace_id,
        run.run_id,
        std::slice::from_ref(&event),
    )
    .await?;
    run.forget_job(tx).await?;
    Ok(Commanded::Done(Box::new(Change {
        conversation_id: run.conversation_id,
        event: Some(event),
        outbox: Vec::new(),
        worker_id: None,
    })))
}

//! Asking for a run to be stopped.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Cursor, InstanceId, RunEvent, RunId, RunState, Scope};
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::log::LogEvent;

use crate::finish::{lock_conversation, start_next};
use crate::log::{signed, unsigned};
use crate::{Error, Storage, log};

/// What became of a request to stop a run.
#[derive(Debug, Clone)]
pub enum Cancelled {
    /// No worker held it: it has ended. Publish the event and the entries.
    Ended {
        /// The end of its log.
        event: LogEvent,
        /// Its conversation.
        conversation_id: ConversationId,
        /// The next run of the conversation, if one waited.
        outbox: Vec<OutboxEntry>,
    },
    /// A worker holds it and will stop it; tell it directly to be quick.
    Requested {
        /// The worker.
        worker_id: Option<InstanceId>,
    },
    /// It had ended before, like this.
    AlreadyEnded(RunState),
}

impl Storage {
    /// Stops a run of theirs if nobody holds it, and otherwise notes for its worker that it is to be stopped.
    /// `None` if they have no such run.
    pub async fn cancel_run(
        &self,
        scope: Scope,
        run_id: RunId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Cancelled>, Error> {
        let Some(run) = self.run(scope, run_id).await? else {
            return Ok(None);
        };
        let mut tx = self.pool.begin().await?;
        lock_conversation(&mut tx, run.conversation_id).await?;
        let row = sqlx::query!(
            "SELECT state, epoch, log_seq, worker_id, job_id
             FROM runs
             WHERE id = $1
             FOR NO KEY UPDATE",
            run_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let state: RunState = row
            .state
            .parse()
            .map_err(|error| Error::corrupt("runs", "state", run_id, error))?;
        if state.is_terminal() {
            return Ok(Some(Cancelled::AlreadyEnded(state)));
        }
        if state == RunState::Running {
            sqlx::query!(
                "UPDATE runs SET cancel_reason = COALESCE(cancel_reason, $2) WHERE id = $1",
                run_id.uuid(),
                reason,
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            let worker_id = row.worker_id.map(InstanceId::new);
            return Ok(Some(Cancelled::Requested { worker_id }));
        }
        let cursor = Cursor::new(unsigned(row.epoch) + 1, unsigned(row.log_seq) + 1);
        let ended = RunEvent::Cancelled {
            reason: reason.to_owned(),
        };
        let event = LogEvent::encode(cursor, &ended, now)
            .map_err(|error| Error::corrupt("run_log", "events", run_id, error))?;
        sqlx::query!(
            "UPDATE runs
             SET state = 'cancelled',
                 epoch = $2,
                 log_seq = $3,
                 cancel_reason = $4,
                 end_reason = $4,
                 ended_at = now()
             WHERE id = $1",
            run_id.uuid(),
            signed(cursor.epoch),
            signed(cursor.seq),
            reason,
        )
        .execute(&mut *tx)
        .await?;
        log::append(
            &mut tx,
            scope.workspace_id,
            run_id,
            std::slice::from_ref(&event),
        )
        .await?;
        sqlx::query!("DELETE FROM outbox WHERE id = $1", row.job_id)
            .execute(&mut *tx)
            .await?;
        let active = sqlx::query_scalar!(
            "SELECT active_run_id FROM conversations WHERE id = $1",
            run.conversation_id.uuid(),
        )
        .fetch_one(&mut *tx)
        .await?;
        let next = if active == Some(run_id.uuid()) {
            start_next(&mut tx, scope.workspace_id, run.conversation_id).await?
        } else {
            None
        };
        tx.commit().await?;
        Ok(Some(Cancelled::Ended {
            event,
            conversation_id: run.conversation_id,
            outbox: next.map(OutboxEntry::Job).into_iter().collect(),
        }))
    }
}

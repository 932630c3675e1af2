//! Commands to runs: stop, pause, resume, kill, inject. Each is one transaction that also writes down who gave it.
//!
//! What nobody holds is changed here at once. What a worker holds it changes itself, once it finds the request in the record
//! or is told; only a kill takes the run from its worker, by raising the epoch as a claim does. The conversation is locked
//! before the run, as whoever sends or ends does, so that nobody deadlocks.

mod discard;
mod evict;
mod halt;
mod inject;
mod kill;
mod pause;
mod resume;
mod stop;

use chrono::{DateTime, Utc};
use mosaic_domain::{
    ConversationId, Cursor, InstanceId, JobId, RunEvent, RunId, RunState, Scope, UserId,
    WorkspaceId,
};
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

pub use discard::Discard;
pub(crate) use evict::evict;
pub use halt::{Halt, Halted};
pub use inject::Injected;
pub(crate) use kill::following;

use crate::audit::{self, NewAudit};
use crate::finish::{lock_conversation, start_next};
use crate::log::{signed, unsigned};
use crate::{Actor, AuditOutcome, Begin, Error, Storage, log};

/// Whose runs a command may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One person's own.
    Own(Scope),
    /// Everybody's in a workspace: for its owners and admins.
    Workspace(WorkspaceId),
}

impl Reach {
    pub(crate) const fn workspace_id(self) -> WorkspaceId {
        match self {
            Self::Own(scope) => scope.workspace_id,
            Self::Workspace(id) => id,
        }
    }

    pub(crate) const fn owner(self) -> Option<UserId> {
        match self {
            Self::Own(scope) => Some(scope.user_id),
            Self::Workspace(_) => None,
        }
    }
}

impl Storage {
    /// A transaction on behalf of whoever may reach so far.
    pub(crate) fn reaching(&self, reach: Reach) -> Begin<'_> {
        match reach {
            Reach::Own(scope) => self.scoped(&scope),
            Reach::Workspace(id) => self.within(id),
        }
    }
}

/// A command to a run.
#[derive(Debug, Clone)]
pub struct Command<'a> {
    /// Whose runs it may reach.
    pub reach: Reach,
    /// The run.
    pub run_id: RunId,
    /// Why; shown to everyone who watches.
    pub reason: &'a str,
    /// Who gives it.
    pub by: &'a Actor,
    /// When.
    pub now: DateTime<Utc>,
}

/// What became of a command.
#[derive(Debug, Clone)]
pub enum Commanded {
    /// The record says so now. Publish the entries and show the event.
    Done(Box<Change>),
    /// A worker holds the run and will do it; tell it directly to be quick.
    Requested {
        /// The worker.
        worker_id: Option<InstanceId>,
    },
    /// It was so already; the run stands like this.
    Unchanged(RunState),
    /// The run has ended like this.
    Ended(RunState),
    /// It is about to be stopped.
    Stopping,
}

impl Commanded {
    const fn outcome(&self) -> AuditOutcome {
        match self {
            Self::Done(_) => AuditOutcome::Done,
            Self::Requested { .. } => AuditOutcome::Requested,
            Self::Unchanged(_) => AuditOutcome::Unchanged,
            Self::Ended(_) | Self::Stopping => AuditOutcome::Refused,
        }
    }
}

/// What a command has changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The run's conversation.
    pub conversation_id: ConversationId,
    /// The new end of its log, where something is to be shown.
    pub event: Option<LogEvent>,
    /// To be published now.
    pub outbox: Vec<OutboxEntry>,
    /// Who held it until now.
    pub worker_id: Option<InstanceId>,
}

/// How a run is ended.
struct End<'a> {
    state: RunState,
    /// Machine-readable, of one that failed. What has none was ended by somebody's wish.
    code: Option<&'a str>,
    reason: &'a str,
}

impl<'a> End<'a> {
    /// By somebody's wish.
    const fn wished(state: RunState, reason: &'a str) -> Self {
        Self {
            state,
            code: None,
            reason,
        }
    }
}

/// A run whose conversation and row are locked.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts about one row, any of which may be true beside any other"
)]
struct Locked {
    run_id: RunId,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    state: RunState,
    epoch: u32,
    log_seq: u32,
    worker_id: Option<InstanceId>,
    job_id: JobId,
    /// Whether the lease of a worker lasts.
    leased: bool,
    stopping: bool,
    pausing: bool,
    /// Whether it is the conversation's turn.
    active: bool,
}

impl Locked {
    /// Locks a run within reach; `None` if there is none.
    async fn find(
        tx: &mut PgConnection,
        reach: Reach,
        run_id: RunId,
    ) -> Result<Option<Self>, Error> {
        let conversation_id = sqlx::query_scalar!(
            "SELECT conversation_id
             FROM runs
             WHERE id = $1 AND workspace_id = $2 AND owner_id = COALESCE($3, owner_id)",
            run_id.uuid(),
            reach.workspace_id().uuid(),
            reach.owner().map(UserId::uuid),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(conversation_id) = conversation_id.map(ConversationId::new) else {
            return Ok(None);
        };
        lock_conversation(tx, conversation_id).await?;
        let row = sqlx::query!(
            r#"SELECT r.state, r.epoch, r.log_seq, r.worker_id, r.job_id,
                      COALESCE(r.lease_until >= now(), false) AS "leased!",
                      r.cancel_reason IS NOT NULL AS "stopping!",
                      r.pause_reason IS NOT NULL AS "pausing!",
                      (SELECT c.active_run_id FROM conversations c WHERE c.id = r.conversation_id)
                          IS NOT DISTINCT FROM r.id AS "active!"
               FROM runs r
               WHERE r.id = $1
               FOR NO KEY UPDATE OF r"#,
            run_id.uuid(),
        )
        .fetch_optional(tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            run_id,
            workspace_id: reach.workspace_id(),
            conversation_id,
            state: row
                .state
                .parse()
                .map_err(|error| Error::corrupt("runs", "state", run_id, error))?,
            epoch: unsigned(row.epoch),
            log_seq: unsigned(row.log_seq),
            worker_id: row.worker_id.map(InstanceId::new),
            job_id: JobId::new(row.job_id),
            leased: row.leased,
            stopping: row.stopping,
            pausing: row.pausing,
            active: row.active,
        }))
    }

    /// Who holds it.
    fn holder(&self) -> Option<InstanceId> {
        self.worker_id.filter(|_| self.state == RunState::Running)
    }

    /// The next event of its log, in an epoch of its own: whoever wrote the epoch before can add nothing behind it.
    fn event(&self, event: &RunEvent, now: DateTime<Utc>) -> Result<LogEvent, Error> {
        let cursor = Cursor::new(self.epoch + 1, self.log_seq + 1);
        LogEvent::encode(cursor, event, now)
            .map_err(|error| Error::corrupt("run_log", "events", self.run_id, error))
    }

    /// Keeps in its log what watchers saw of it that is not recorded, as far as it follows what is.
    async fn keep(&mut self, tx: &mut PgConnection, shown: &[LogEvent]) -> Result<(), Error> {
        let shown = following(self.log_seq, self.epoch, shown);
        log::append(tx, self.workspace_id, self.run_id, shown).await?;
        if let Some(last) = shown.last() {
            self.log_seq = last.cursor.seq;
        }
        Ok(())
    }

    /// Ends it here and now, and begins what waits behind it.
    async fn end(
        self,
        tx: &mut PgConnection,
        end: &End<'_>,
        event: LogEvent,
    ) -> Result<Commanded, Error> {
        let worker_id = self.holder();
        sqlx::query!(
            "WITH watched AS (DELETE FROM run_watch WHERE run_id = $1)
             UPDATE runs
             SET state = $2,
                 epoch = $3,
                 log_seq = $4,
                 lease_until = NULL,
                 cancel_reason = CASE WHEN $6::text IS NULL THEN COALESCE(cancel_reason, $5)
                                      ELSE cancel_reason
                                 END,
                 end_code = $6,
                 end_reason = $5,
                 ended_at = now()
             WHERE id = $1",
            self.run_id.uuid(),
            end.state.as_str(),
            signed(event.cursor.epoch),
            signed(event.cursor.seq),
            end.reason,
            end.code,
        )
        .execute(&mut *tx)
        .await?;
        log::append(
            tx,
            self.workspace_id,
            self.run_id,
            std::slice::from_ref(&event),
        )
        .await?;
        self.forget_job(tx).await?;
        let next = if self.active {
            start_next(tx, self.workspace_id, self.conversation_id).await?
        } else {
            None
        };
        Ok(Commanded::Done(Box::new(Change {
            conversation_id: self.conversation_id,
            event: Some(event),
            outbox: next.map(OutboxEntry::Job).into_iter().collect(),
            worker_id,
        })))
    }

    /// Takes its job out of the outbox: nobody is to do it.
    async fn forget_job(&self, tx: &mut PgConnection) -> Result<(), Error> {
        sqlx::query!("DELETE FROM outbox WHERE id = $1", self.job_id.uuid())
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// Writes a command down with what became of it.
async fn note(
    tx: &mut PgConnection,
    action: &'static str,
    command: &Command<'_>,
    commanded: &Commanded,
) -> Result<(), Error> {
    let entry = NewAudit {
        by: command.by,
        action,
        target: ("run", command.run_id.to_string()),
        reason: Some(command.reason),
        outcome: commanded.outcome(),
    };
    audit::insert(tx, &entry).await
}

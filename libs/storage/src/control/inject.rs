//! A message for one run, said while it goes on or is paused.

use mosaic_domain::{InstanceId, Message, MessageId, Role, RunId, RunState, Scope};
use mosaic_proto::job::OutboxEntry;
use sqlx::PgConnection;

use super::{Locked, Reach};
use crate::audit::{self, NewAudit};
use crate::send::{self, MessageFacts, message_created};
use crate::{Acceptance, Actor, AuditOutcome, Error, NewMessage, Sent, Storage, outbox};

/// What became of a message for a run.
#[derive(Debug, Clone)]
pub enum Injected {
    /// It is part of the run, or was before under the same key. Publish what it holds.
    Sent {
        /// The stored message.
        sent: Box<Sent>,
        /// Who holds the run; tell it to be quick.
        worker_id: Option<InstanceId>,
    },
    /// The run has ended like this.
    Ended(RunState),
    /// The run is about to be stopped, so nothing joins it any more.
    Stopping,
}

impl Storage {
    /// Stores a message that joins just this run of theirs. Of the ids of `new`, those of message and event are used; the
    /// conversation is the run's. `None` if they have no such run.
    pub async fn inject_message(
        &self,
        scope: Scope,
        run_id: RunId,
        new: &NewMessage,
        by: &Actor,
    ) -> Result<Option<Injected>, Error> {
        let mut tx = self.scoped(&scope).with_outbox().await?;
        let Some(run) = Locked::find(&mut tx, Reach::Own(scope), run_id).await? else {
            return Ok(None);
        };
        let worker_id = run.holder();
        let new = NewMessage {
            conversation_id: run.conversation_id,
            ..new.clone()
        };
        if let Some(sent) = send::repeated(&mut tx, &new).await? {
            let sent = Box::new(sent);
            return Ok(Some(Injected::Sent { sent, worker_id }));
        }
        let outcome = if run.state.is_terminal() || run.stopping {
            AuditOutcome::Refused
        } else {
            AuditOutcome::Done
        };
        let entry = NewAudit {
            by,
            action: "run.inject",
            target: ("run", run_id.to_string()),
            reason: None,
            outcome,
        };
        audit::insert(&mut tx, &entry).await?;
        let injected = if run.state.is_terminal() {
            Injected::Ended(run.state)
        } else if run.stopping {
            Injected::Stopping
        } else {
            let sent = Box::new(store(&mut tx, scope, run_id, &new).await?);
            Injected::Sent { sent, worker_id }
        };
        tx.commit().await?;
        Ok(Some(injected))
    }
}

async fn store(
    tx: &mut PgConnection,
    scope: Scope,
    run_id: RunId,
    new: &NewMessage,
) -> Result<Sent, Error> {
    let seq = sqlx::query_scalar!(
        "UPDATE conversations
         SET last_seq = last_seq + 1, updated_at = now()
         WHERE id = $1
         RETURNING last_seq",
        new.conversation_id.uuid(),
    )
    .fetch_one(&mut *tx)
    .await?;
    send::insert_message(tx, scope, new, seq, run_id).await?;
    let outbox = vec![OutboxEntry::Event(created(scope, run_id, new)?)];
    outbox::insert(tx, &outbox).await?;
    let message = Message {
        id: new.message_id,
        conversation_id: new.conversation_id,
        seq,
        role: Role::User,
        content: new.content.clone(),
        run_id: Some(run_id),
        created_at: new.received_at,
    };
    Ok(Sent {
        message,
        run_id,
        acceptance: Acceptance::Joined,
        outbox,
    })
}

fn created(
    scope: Scope,
    run_id: RunId,
    new: &NewMessage,
) -> Result<mosaic_proto::envelope::Envelope, Error> {
    let message_id: MessageId = new.message_id;
    message_created(
        scope,
        new.event_id,
        "gateway",
        &format!("user/{}", scope.user_id),
        new.traceparent.clone(),
        new.received_at,
        &MessageFacts {
            message_id,
            conversation_id: new.conversation_id,
            role: Role::User,
            run_id,
            content: &new.content,
        },
    )
}

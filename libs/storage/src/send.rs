//! A message comes in: stored, with the run that will answer it and what is to be published, in one transaction.

use chrono::{DateTime, Utc};
use mosaic_domain::{
    ConversationId, Cursor, Delivery, JobId, Message, MessageId, Role, RunEvent, RunId, Scope,
};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, OutboxEntry, RUNS_QUEUE, job_data};
use mosaic_proto::log::EventBody;
use mosaic_proto::message::v1::MessageCreated;
use mosaic_proto::run::v1::RunJob;
use sqlx::PgConnection;

use crate::log::{segment_of_one, signed};
use crate::message::MessageRow;
use crate::{Error, Storage, outbox};

/// A message to be stored. The ids are used as far as they are needed.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Id of the message.
    pub message_id: MessageId,
    /// Id of the run, if the message gets one of its own.
    pub run_id: RunId,
    /// Id of that run's job.
    pub job_id: JobId,
    /// Id of the event `message.created`.
    pub event_id: JobId,
    /// Where it is said.
    pub conversation_id: ConversationId,
    /// The text.
    pub content: String,
    /// What to do if a run is active.
    pub delivery: Delivery,
    /// Chosen by the sender: the same key in the same conversation stores one message.
    pub idempotency_key: Option<String>,
    /// W3C trace context of the request.
    pub traceparent: Option<String>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It has a run of its own, which is queued.
    Queued,
    /// It joined the active run.
    Joined,
    /// It has a run of its own, which waits for the active one to end.
    Waiting,
    /// It had been stored before, under the same idempotency key.
    Repeated,
}

/// A stored message, and what the caller must publish.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message.
    pub message: Message,
    /// The run that answers it.
    pub run_id: RunId,
    /// What became of it.
    pub acceptance: Acceptance,
    /// To be published now; the relay does it if the caller cannot.
    pub outbox: Vec<OutboxEntry>,
}

struct Slot {
    seq: i64,
    ordinal: i32,
    active: Option<RunId>,
    /// The active run is about to be stopped, so nothing joins it any more.
    stopping: bool,
    agent: String,
    model: Option<String>,
}

impl Storage {
    /// Stores a message in a conversation of theirs; `None` if they have no such conversation.
    pub async fn send_message(
        &self,
        scope: Scope,
        new: &NewMessage,
    ) -> Result<Option<Sent>, Error> {
        let mut tx = self.scoped(&scope).with_outbox().await?;
        let sent = send_in(&mut tx, scope, new, "gateway").await?;
        if sent
            .as_ref()
            .is_some_and(|sent| sent.acceptance != Acceptance::Repeated)
        {
            tx.commit().await?;
        }
        Ok(sent)
    }
}

/// Stores a message as a part of a transaction, on behalf of the service `source`. One that was stored before leaves a
/// place taken, which rolling back gives back.
pub(crate) async fn send_in(
    tx: &mut PgConnection,
    scope: Scope,
    new: &NewMessage,
    source: &str,
) -> Result<Option<Sent>, Error> {
    let Some(slot) = take_slot(tx, scope, new).await? else {
        return Ok(None);
    };
    if let Some(sent) = repeated(tx, new).await? {
        return Ok(Some(sent));
    }
    let (run_id, acceptance) = match (slot.active, new.delivery) {
        (Some(active), Delivery::Steer) if !slot.stopping => (active, Acceptance::Joined),
        (Some(_), _) => (new.run_id, Acceptance::Waiting),
        (None, _) => (new.run_id, Acceptance::Queued),
    };
    if acceptance != Acceptance::Joined {
        insert_run(tx, scope, new, &slot).await?;
    }
    insert_message(tx, scope, new, slot.seq, run_id).await?;
    let mut entries = vec![OutboxEntry::Event(message_created(
        scope,
        new.event_id,
        source,
        &format!("user/{}", scope.user_id),
        new.traceparent.clone(),
        new.received_at,
        &MessageFacts {
            message_id: new.message_id,
            conversation_id: new.conversation_id,
            role: Role::User,
            run_id,
            content: &new.content,
        },
    )?)];
    if acceptance == Acceptance::Queued {
        entries.push(OutboxEntry::Job(run_job(scope, new)?));
    }
    outbox::insert(tx, &entries).await?;
    Ok(Some(Sent {
        message: Message {
            id: new.message_id,
            conversation_id: new.conversation_id,
            seq: slot.seq,
            role: Role::User,
            content: new.content.clone(),
            run_id: Some(run_id),
            created_at: new.received_at,
        },
        run_id,
        acceptance,
        outbox: entries,
    }))
}

/// Locks the conversation and takes the next place in it, and the next run if the message will get one.
async fn take_slot(
    tx: &mut PgConnection,
    scope: Scope,
    new: &NewMessage,
) -> Result<Option<Slot>, Error> {
    let joins = new.delivery == Delivery::Steer;
    let row = sqlx::query!(
        r#"UPDATE conversations
         SET last_seq = last_seq + 1,
             last_ordinal = last_ordinal
                            + CASE WHEN active_run_id IS NOT NULL AND $5 AND NOT EXISTS (
                                       SELECT FROM runs
                                       WHERE runs.id = active_run_id AND runs.cancel_reason IS NOT NULL
                                   ) THEN 0 ELSE 1 END,
             session_ordinal = COALESCE(session_ordinal, last_ordinal),
             active_run_id = COALESCE(active_run_id, $6),
             title = COALESCE(title, $4),
             updated_at = now()
         WHERE id = $1 AND workspace_id = $2 AND owner_id = $3
         RETURNING last_seq, last_ordinal, active_run_id, agent, model,
                   EXISTS (
                       SELECT FROM runs
                       WHERE runs.id = active_run_id AND runs.cancel_reason IS NOT NULL
                   ) AS "stopping!""#,
        new.conversation_id.uuid(),
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
        mosaic_domain::agent::title_from(&new.content),
        joins,
        new.run_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Slot {
        seq: row.last_seq,
        ordinal: row.last_ordinal,
        active: row
            .active_run_id
            .map(RunId::new)
            .filter(|id| *id != new.run_id),
        stopping: row.stopping,
        agent: row.agent,
        model: row.model,
    }))
}

/// The message that was stored before under the same key.
pub(crate) async fn repeated(
    tx: &mut PgConnection,
    new: &NewMessage,
) -> Result<Option<Sent>, Error> {
    let Some(key) = &new.idempotency_key else {
        return Ok(None);
    };
    let row = sqlx::query_as!(
        MessageRow,
        "SELECT id, conversation_id, seq, role, content, run_id, created_at
         FROM messages
         WHERE conversation_id = $1 AND idempotency_key = $2",
        new.conversation_id.uuid(),
        key,
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let message = Message::try_from(row)?;
    let run_id = message.run_id.ok_or_else(|| {
        Error::corrupt(
            "messages",
            "run_id",
            message.id,
            "a user message without run",
        )
    })?;
    Ok(Some(Sent {
        message,
        run_id,
        acceptance: Acceptance::Repeated,
        outbox: Vec::new(),
    }))
}

/// Inserts the run and the first event of its log.
async fn insert_run(
    tx: &mut PgConnection,
    scope: Scope,
    new: &NewMessage,
    slot: &Slot,
) -> Result<(), Error> {
    let accepted = RunEvent::Accepted {
        conversation_id: new.conversation_id,
        message_id: new.message_id,
        content: new.content.clone(),
    };
    let body = EventBody::encode(&accepted, new.received_at)
        .map_err(|error| Error::corrupt("run_log", "events", new.run_id, error))?;
    let first = Cursor::START.next();
    sqlx::query!(
        "WITH run AS (
             INSERT INTO runs (id, workspace_id, conversation_id, owner_id, ordinal, job_id, agent, model,
                               log_seq, traceparent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         )
         INSERT INTO run_log (run_id, first_seq, last_seq, epoch, workspace_id, events)
         VALUES ($1, $9, $9, 0, $2, $11)",
        new.run_id.uuid(),
        scope.workspace_id.uuid(),
        new.conversation_id.uuid(),
        scope.user_id.uuid(),
        slot.ordinal,
        new.job_id.uuid(),
        slot.agent,
        slot.model,
        signed(first.seq),
        new.traceparent,
        segment_of_one(&body)?,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores the message itself.
pub(crate) async fn insert_message(
    tx: &mut PgConnection,
    scope: Scope,
    new: &NewMessage,
    seq: i64,
    run_id: RunId,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO messages (id, workspace_id, conversation_id, seq, role, content, run_id,
                               idempotency_key, created_at)
         VALUES ($1, $2, $3, $4, 'user', $5, $6, $7, $8)",
        new.message_id.uuid(),
        scope.workspace_id.uuid(),
        new.conversation_id.uuid(),
        seq,
        new.content,
        run_id.uuid(),
        new.idempotency_key,
        new.received_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What the event `message.created` says.
pub(crate) struct MessageFacts<'a> {
    pub(crate) message_id: MessageId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) role: Role,
    pub(crate) run_id: RunId,
    pub(crate) content: &'a str,
}

/// The event `message.created`.
pub(crate) fn message_created(
    scope: Scope,
    id: JobId,
    source: &str,
    actor: &str,
    traceparent: Option<String>,
    time: DateTime<Utc>,
    facts: &MessageFacts<'_>,
) -> Result<Envelope, Error> {
    let payload = MessageCreated {
        message_id: facts.message_id.to_string(),
        conversation_id: facts.conversation_id.to_string(),
        owner_id: scope.user_id.to_string(),
        role: facts.role.as_str().to_owned(),
        run_id: facts.run_id.to_string(),
        characters: u32::try_from(facts.content.chars().count()).unwrap_or(u32::MAX),
    };
    Ok(Envelope {
        id,
        type_name: "message.created".to_owned(),
        source: source.to_owned(),
        subject: format!("conversation/{}", facts.conversation_id),
        time,
        workspace_id: scope.workspace_id,
        actor: actor.to_owned(),
        traceparent,
        data: job_data(&payload).map_err(Error::Encode)?,
    })
}

fn run_job(scope: Scope, new: &NewMessage) -> Result<Job, Error> {
    let payload = RunJob {
        run_id: new.run_id.to_string(),
        conversation_id: new.conversation_id.to_string(),
    };
    Ok(Job {
        id: new.job_id,
        queue: RUNS_QUEUE.to_owned(),
        workspace_id: scope.workspace_id,
        priority: DEFAULT_PRIORITY,
        created_at: new.received_at,
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: new.traceparent.clone(),
        data: job_data(&payload).map_err(Error::Encode)?,
    })
}

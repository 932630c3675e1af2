//! The outbox: jobs and events that a committed transaction wants published.
//!
//! A row carries the number of the life of the bus that it was last published to, 0 before the first time. It is due
//! while that number is lower than the present life's ([`due`]), so that everything is due again the moment a new life
//! is entered, without a row being touched. A job that an operator set aside keeps that note: it is due as a dead letter.

mod delivered;
mod due;
mod queue;
mod upkeep;

use chrono::{DateTime, Utc};
use mosaic_domain::{JobId, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::job::{Job, OutboxEntry};
use sqlx::PgConnection;

pub(crate) use delivered::forget_delivered;

use crate::Error;

/// Inserts all entries with one statement. A job whose idempotency key an undone one has is left out without a word: who
/// writes jobs with such keys uses [`insert_once`].
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entries: &[OutboxEntry],
) -> Result<(), Error> {
    insert_columns(connection, entries).await.map(|_| ())
}

/// Inserts all entries with one statement, except for jobs whose idempotency key an undone one has, and answers those
/// that are to be published.
pub(crate) async fn insert_once(
    connection: &mut PgConnection,
    entries: Vec<OutboxEntry>,
) -> Result<Vec<OutboxEntry>, Error> {
    let inserted = insert_columns(connection, &entries).await?;
    Ok(entries
        .into_iter()
        .filter(|entry| inserted.contains(&entry.id().uuid()))
        .collect())
}

async fn insert_columns(
    connection: &mut PgConnection,
    entries: &[OutboxEntry],
) -> Result<Vec<uuid::Uuid>, Error> {
    let mut columns = Columns::default();
    for entry in entries {
        columns.push(entry);
    }
    Ok(sqlx::query_scalar!(
        "INSERT INTO outbox (id, kind, workspace_id, topic, priority, source, subject, actor,
                             traceparent, data, created_at, ordering_key, idempotency_key,
                             not_before, set_aside)
         SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::smallint[],
                              $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                              $11::timestamptz[], $12::text[], $13::text[], $14::timestamptz[],
                              $15::text[])
         ON CONFLICT (topic, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
         RETURNING id",
        &columns.id,
        &columns.kind,
        &columns.workspace,
        &columns.topic,
        &columns.priority,
        &columns.source,
        &columns.subject,
        &columns.actor,
        &columns.traceparent as _,
        &columns.data,
        &columns.created_at,
        &columns.ordering_key as _,
        &columns.idempotency_key as _,
        &columns.not_before as _,
        &columns.set_aside as _,
    )
    .fetch_all(connection)
    .await?)
}

#[derive(Default)]
struct Columns {
    id: Vec<uuid::Uuid>,
    kind: Vec<String>,
    workspace: Vec<uuid::Uuid>,
    topic: Vec<String>,
    priority: Vec<i16>,
    source: Vec<String>,
    subject: Vec<String>,
    actor: Vec<String>,
    traceparent: Vec<Option<String>>,
    data: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    ordering_key: Vec<Option<String>>,
    idempotency_key: Vec<Option<String>>,
    not_before: Vec<Option<DateTime<Utc>>>,
    set_aside: Vec<Option<String>>,
}

impl Columns {
    fn push(&mut self, entry: &OutboxEntry) {
        self.id.push(entry.id().uuid());
        self.set_aside.push(match entry {
            OutboxEntry::SetAside(_, reason) => Some(reason.clone()),
            OutboxEntry::Job(_) | OutboxEntry::Event(_) => None,
        });
        match entry {
            OutboxEntry::Job(job) | OutboxEntry::SetAside(job, _) => {
                self.kind.push("job".to_owned());
                self.workspace.push(job.workspace_id.uuid());
                self.topic.push(job.queue.clone());
                self.priority.push(i16::from(job.priority));
                self.source.push(String::new());
                self.subject.push(String::new());
                self.actor.push(String::new());
                self.traceparent.push(job.traceparent.clone());
                self.data.push(job.data.clone());
                self.created_at.push(job.created_at);
                self.ordering_key.push(not_empty(job.ordering_key.as_ref()));
                self.idempotency_key
                    .push(not_empty(job.idempotency_key.as_ref()));
                self.not_before.push(job.not_before);
            }
            OutboxEntry::Event(event) => {
                self.kind.push("event".to_owned());
                self.workspace.push(event.workspace_id.uuid());
                self.topic.push(event.type_name.clone());
                self.priority
                    .push(i16::from(mosaic_proto::job::DEFAULT_PRIORITY));
                self.source.push(event.source.clone());
                self.subject.push(event.subject.clone());
                self.actor.push(event.actor.clone());
                self.traceparent.push(event.traceparent.clone());
                self.data.push(event.data.clone());
                self.created_at.push(event.time);
                self.ordering_key.push(None);
                self.idempotency_key.push(None);
                self.not_before.push(None);
            }
        }
    }
}

fn not_empty(key: Option<&String>) -> Option<String> {
    key.filter(|key| !key.is_empty()).cloned()
}

struct Row {
    id: uuid::Uuid,
    kind: String,
    workspace_id: uuid::Uuid,
    topic: String,
    priority: i16,
    source: String,
    subject: String,
    actor: String,
    traceparent: Option<String>,
    data: String,
    created_at: DateTime<Utc>,
    queued_at: DateTime<Utc>,
    ordering_key: Option<String>,
    idempotency_key: Option<String>,
    not_before: Option<DateTime<Utc>>,
    set_aside: Option<String>,
}

impl Row {
    fn entry(self) -> OutboxEntry {
        let (id, workspace_id) = (JobId::new(self.id), WorkspaceId::new(self.workspace_id));
        if self.kind == "job" {
            let job = Job {
                id,
                queue: self.topic,
                workspace_id,
                priority: u8::try_from(self.priority)
                    .unwrap_or(mosaic_proto::job::DEFAULT_PRIORITY),
                created_at: self.created_at,
                ordering_key: self.ordering_key,
                idempotency_key: self.idempotency_key,
                not_before: self.not_before,
                traceparent: self.traceparent,
                data: self.data,
            };
            return match self.set_aside {
                Some(reason) => OutboxEntry::SetAside(job, reason),
                None => OutboxEntry::Job(job),
            };
        }
        OutboxEntry::Event(Envelope {
            id,
            type_name: self.topic,
            source: self.source,
            subject: self.subject,
            time: self.created_at,
            workspace_id,
            actor: self.actor,
            traceparent: self.traceparent,
            data: self.data,
        })
    }
}

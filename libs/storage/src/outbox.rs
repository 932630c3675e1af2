//! The outbox: jobs and events that a committed transaction wants published.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{JobId, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::job::{Job, OutboxEntry};
use sqlx::PgConnection;

use crate::instance::interval;
use crate::{Error, Storage};

/// How long a published event stays, so that it can be published again after Valkey lost it.
const KEEP_EVENTS: Duration = Duration::from_hours(1);

/// Inserts all entries with one statement.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entries: &[OutboxEntry],
) -> Result<(), Error> {
    let mut columns = Columns::default();
    for entry in entries {
        columns.push(entry);
    }
    sqlx::query!(
        "INSERT INTO outbox (id, kind, workspace_id, topic, priority, source, subject, actor,
                             traceparent, data, created_at)
         SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::smallint[],
                              $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                              $11::timestamptz[])",
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
    )
    .execute(connection)
    .await?;
    Ok(())
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
}

impl Columns {
    fn push(&mut self, entry: &OutboxEntry) {
        self.id.push(entry.id().uuid());
        match entry {
            OutboxEntry::Job(job) => {
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
            }
        }
    }
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
}

impl Row {
    fn entry(self) -> OutboxEntry {
        let (id, workspace_id) = (JobId::new(self.id), WorkspaceId::new(self.workspace_id));
        if self.kind == "job" {
            return OutboxEntry::Job(Job {
                id,
                queue: self.topic,
                workspace_id,
                priority: u8::try_from(self.priority)
                    .unwrap_or(mosaic_proto::job::DEFAULT_PRIORITY),
                created_at: self.created_at,
                traceparent: self.traceparent,
                data: self.data,
            });
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

impl Storage {
    /// Entries that nobody has published although they are older than `older_than`, oldest first.
    pub async fn outbox_unpublished(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, Error> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, kind, workspace_id, topic, priority, source, subject, actor, traceparent,
                    data, created_at
             FROM outbox
             WHERE published_at IS NULL AND created_at < now() - $1::interval
             ORDER BY created_at
             LIMIT $2",
            interval(older_than),
            i64::from(limit),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Row::entry).collect())
    }

    /// Notes that entries are on the bus. Losing this note costs a duplicate, so it does not wait for the disk.
    pub async fn outbox_mark_published(&self, ids: &[JobId]) -> Result<(), Error> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut tx = self.pool.begin().await?;
        sqlx::query!("SET LOCAL synchronous_commit = off")
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "UPDATE outbox SET published_at = now() WHERE id = ANY($1)",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Marks every undone job and every recent event unpublished, because the bus may have lost them.
    pub async fn outbox_reopen(&self) -> Result<u64, Error> {
        let done =
            sqlx::query!("UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL")
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected())
    }

    /// Reopens the jobs of runs whose lease ran out longer ago than `overdue`: whatever became of their
    /// queue entries, a worker will find them.
    pub async fn outbox_reopen_stranded(&self, overdue: Duration) -> Result<u64, Error> {
        let done = sqlx::query!(
            "UPDATE outbox
             SET published_at = NULL
             WHERE kind = 'job'
               AND published_at < now() - $1::interval
               AND id IN (SELECT job_id
                          FROM runs
                          WHERE state = 'running' AND lease_until < now() - $1::interval)",
            interval(overdue),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Forgets events that were published long ago.
    pub async fn outbox_prune(&self) -> Result<u64, Error> {
        let done = sqlx::query!(
            "DELETE FROM outbox WHERE kind = 'event' AND published_at < now() - $1::interval",
            interval(KEEP_EVENTS),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

//! Wanting a summary: a job in the outbox, at most one at a time for the same part of a conversation.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, JobId, Scope, SummaryKind, WorkspaceId};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, OutboxEntry, SUMMARIES_QUEUE, job_data};
use mosaic_proto::summary::v1::SummaryJob;
use sqlx::PgConnection;
use uuid::Uuid;

use super::draft::rest;
use crate::instance::interval;
use crate::{Error, Purpose, Storage, outbox};

/// Runs whose messages a compaction leaves word for word, however long they are.
pub const KEPT_RUNS: i32 = 2;

/// A job that was published so long ago and is still there was lost: those who worked on it died each time, or the end of
/// it could not be noted. All attempts together take less unless providers are very slow; a job that comes twice does no
/// harm.
const LOST: Duration = Duration::from_hours(3);

/// What became of a wish for a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummaryRequest {
    /// It will be made; this is to be published now.
    Queued(Vec<OutboxEntry>),
    /// It was wanted before and is still to be made.
    Waiting,
    /// Nothing was said since the last one.
    Nothing,
    /// It failed for good, and is left alone until then.
    Resting(DateTime<Utc>),
}

/// What a job is for and whose.
struct Wanted {
    conversation_id: Uuid,
    workspace_id: Uuid,
    kind: SummaryKind,
    /// What makes the same wish again the same job. Of a session, the newest run at this time. Of a compaction, where the
    /// last one ended: however many messages come meanwhile, one is made.
    ordinal: i32,
    /// Whether a person asked for it.
    forced: bool,
}

impl Storage {
    /// Wants a summary of a conversation of theirs; `None` if they have no such conversation.
    pub async fn request_summary(
        &self,
        scope: Scope,
        conversation_id: ConversationId,
        kind: SummaryKind,
        now: DateTime<Utc>,
    ) -> Result<Option<SummaryRequest>, Error> {
        let mut tx = self.scoped(&scope).with_outbox().await?;
        let row = sqlx::query!(
            r#"SELECT last_ordinal,
                      COALESCE((SELECT max(s.last_ordinal)
                                FROM summaries s
                                WHERE s.conversation_id = c.id AND s.kind = $4), 0) AS "summarised!"
               FROM conversations c
               WHERE id = $1 AND workspace_id = $2 AND owner_id = $3
               FOR NO KEY UPDATE OF c"#,
            conversation_id.uuid(),
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            kind.as_str(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (ordinal, kept) = match kind {
            SummaryKind::Compaction => (row.summarised, KEPT_RUNS),
            SummaryKind::Session => (row.last_ordinal, 0),
        };
        if row.last_ordinal <= row.summarised + kept {
            return Ok(Some(SummaryRequest::Nothing));
        }
        if let Some(until) = rest(&mut tx, conversation_id, kind).await? {
            return Ok(Some(SummaryRequest::Resting(until)));
        }
        let wanted = Wanted {
            conversation_id: conversation_id.uuid(),
            workspace_id: scope.workspace_id.uuid(),
            kind,
            ordinal,
            forced: true,
        };
        let job = put(&mut tx, &wanted, now).await?;
        tx.commit().await?;
        Ok(Some(job.map_or(SummaryRequest::Waiting, |job| {
            SummaryRequest::Queued(vec![job])
        })))
    }

    /// Wants the compaction of a conversation that has grown too long. What is to be published now, if it was not wanted
    /// already and did not fail for good of late.
    pub async fn request_compaction(
        &self,
        conversation_id: ConversationId,
        now: DateTime<Utc>,
    ) -> Result<Option<OutboxEntry>, Error> {
        let mut tx = self.system(Purpose::Summarizer).await?;
        lock(&mut tx, conversation_id).await?;
        let row = sqlx::query!(
            r#"SELECT workspace_id,
                      COALESCE((SELECT max(s.last_ordinal)
                                FROM summaries s
                                WHERE s.conversation_id = c.id AND s.kind = 'compaction'), 0) AS "summarised!"
               FROM conversations c
               WHERE id = $1
                 AND NOT EXISTS (SELECT FROM summary_drafts d
                                 WHERE d.conversation_id = c.id AND d.kind = 'compaction'
                                   AND d.rest_until > now())"#,
            conversation_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let wanted = Wanted {
            conversation_id: conversation_id.uuid(),
            workspace_id: row.workspace_id,
            kind: SummaryKind::Compaction,
            ordinal: row.summarised,
            forced: false,
        };
        let job = put(&mut tx, &wanted, now).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Wants session summaries of conversations that have been at rest for `idle` and have something new to tell, the
    /// longest resting first, at most `limit`. Several callers share the work, and nothing is wanted twice.
    pub async fn request_session_summaries(
        &self,
        idle: Duration,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>, Error> {
        let mut tx = self.system(Purpose::Summarizer).await?;
        let rows = sqlx::query!(
            "UPDATE conversations
             SET session_ordinal = last_ordinal
             WHERE id = ANY (ARRAY(SELECT id
                                   FROM conversations
                                   WHERE active_run_id IS NULL
                                     AND last_ordinal > session_ordinal
                                     AND updated_at < now() - $1::interval
                                     AND NOT EXISTS (SELECT FROM summary_drafts d
                                                     WHERE d.conversation_id = conversations.id
                                                       AND d.kind = 'session'
                                                       AND d.rest_until > now())
                                   ORDER BY updated_at
                                   LIMIT $2
                                   FOR NO KEY UPDATE SKIP LOCKED))
             RETURNING id, workspace_id, last_ordinal",
            interval(idle),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            let wanted = Wanted {
                conversation_id: row.id,
                workspace_id: row.workspace_id,
                kind: SummaryKind::Session,
                ordinal: row.last_ordinal,
                forced: false,
            };
            jobs.extend(put(&mut tx, &wanted, now).await?);
        }
        tx.commit().await?;
        Ok(jobs)
    }
}

/// Locks a conversation, in a statement of its own: a statement that waits for a lock still sees what was there before it
/// waited, and would take a summary that has just failed for good for one that was never tried.
pub(super) async fn lock(
    tx: &mut PgConnection,
    conversation_id: ConversationId,
) -> Result<(), Error> {
    sqlx::query!(
        "SELECT id FROM conversations WHERE id = $1 FOR NO KEY UPDATE",
        conversation_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

/// Puts the job into the outbox unless it is there; one that was lost is due again, and one that an operator set aside is
/// not. The conversation is locked: nobody else puts it at the same time.
async fn put(
    tx: &mut PgConnection,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Result<Option<OutboxEntry>, Error> {
    let Wanted {
        conversation_id,
        workspace_id,
        kind,
        ordinal,
        forced,
    } = wanted;
    let name = format!("{}:{ordinal}", kind.as_str());
    let id = Uuid::new_v5(conversation_id, name.as_bytes());
    let there = sqlx::query_scalar!(
        r#"SELECT set_aside IS NULL
                      AND COALESCE(published_at < now() - $2::interval, false) AS "lost!"
           FROM outbox
           WHERE id = $1
           FOR UPDATE"#,
        id,
        interval(LOST),
    )
    .fetch_optional(&mut *tx)
    .await?;
    if there == Some(false) {
        return Ok(None);
    }
    let payload = SummaryJob {
        conversation_id: conversation_id.to_string(),
        kind: kind.as_str().to_owned(),
        forced: *forced,
    };
    let data = job_data(&payload).map_err(Error::Encode)?;
    if there.is_some() {
        reopen(tx, id, &data).await?;
    }
    let job = OutboxEntry::Job(Job {
        id: JobId::new(id),
        queue: SUMMARIES_QUEUE.to_owned(),
        workspace_id: WorkspaceId::new(*workspace_id),
        priority: DEFAULT_PRIORITY,
        created_at: now,
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data,
    });
    if there.is_none() {
        outbox::insert(tx, std::slice::from_ref(&job)).await?;
    }
    Ok(Some(job))
}

/// Makes a job due again, with the data with which it is published now: only with these it is forgotten when it is done.
async fn reopen(tx: &mut PgConnection, job_id: Uuid, data: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE outbox
         SET life = 0, published_at = NULL, leased_until = NULL, queued_at = now(), data = $2
         WHERE id = $1",
        job_id,
        data,
    )
    .execute(tx)
    .await?;
    Ok(())
}

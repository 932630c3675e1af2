//! Ending a run: its last steps, its answer, its state, the end of its log, what is to be published, and the
//! start of the next run of the conversation, in one transaction.

mod successor;

use chrono::{DateTime, Utc};
use mosaic_domain::{
    ConversationId, EndState, Fence, JobId, Message, MessageId, Role, RunId, Scope, WorkspaceId,
};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, OutboxEntry, RUNS_QUEUE, job_data};
use mosaic_proto::run::v1::RunJob;
use sqlx::PgConnection;

use crate::checkpoint::{Checkpoint, Passed, joined_since, pass_fence};
use crate::send::{MessageFacts, message_created};
use crate::{Error, Purpose, Storage, log, outbox, step};

/// The answer of a run, to be stored as a message.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// Id of the message.
    pub message_id: MessageId,
    /// Id of the event `message.created`.
    pub event_id: JobId,
    /// The text.
    pub content: String,
}

/// The end of a run.
#[derive(Debug, Clone)]
pub struct Finish<'a> {
    /// On whose behalf the run acted.
    pub scope: Scope,
    /// The conversation it answered in.
    pub conversation_id: ConversationId,
    /// Its job.
    pub job_id: JobId,
    /// How it ended.
    pub end: &'a EndState,
    /// The answer: of a completed run, or what a cancelled one had said so far.
    pub answer: Option<&'a NewAnswer>,
    /// Its last steps and events. The last event says how it ended.
    pub checkpoint: Checkpoint<'a>,
    /// Id of the run that answers messages which joined too late, if there are any.
    pub successor: RunId,
    /// Its job.
    pub successor_job: JobId,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Trace context of the run.
    pub traceparent: Option<String>,
}

/// What became of an attempt to end a run.
#[derive(Debug, Clone)]
pub enum Finished {
    /// It has ended; publish these.
    Ended(Vec<OutboxEntry>),
    /// Nothing was written: these messages joined it in the last moment and want to be answered first.
    Steered(Vec<Message>),
}

impl Storage {
    /// Ends a run. A completed run does not end while messages that joined it are unanswered.
    pub async fn finish_run(&self, fence: Fence, finish: &Finish<'_>) -> Result<Finished, Error> {
        let mut tx = self.system(Purpose::Worker).await?;
        // The conversation is locked before the run, as whoever sends or cancels does, so that nobody deadlocks.
        lock_conversation(&mut tx, finish.conversation_id).await?;
        let Passed::Now(workspace_id) = pass_fence(&mut tx, fence, &finish.checkpoint).await?
        else {
            // An earlier attempt went through and its answer was lost; the relay publishes what it left.
            return Ok(Finished::Ended(Vec::new()));
        };
        let joined = joined_since(&mut tx, fence, finish.checkpoint.seen_seq).await?;
        if *finish.end == EndState::Completed && !joined.is_empty() {
            return Ok(Finished::Steered(joined));
        }
        step::upsert(
            &mut tx,
            workspace_id,
            fence.run_id,
            fence.epoch,
            finish.checkpoint.steps,
        )
        .await?;
        log::append(&mut tx, workspace_id, fence.run_id, finish.checkpoint.log).await?;
        let mut entries = Vec::new();
        if let Some(answer) = finish.answer {
            insert_answer(&mut tx, fence.run_id, finish, answer).await?;
            entries.push(OutboxEntry::Event(answer_created(fence, finish, answer)?));
        }
        end_run(&mut tx, fence.run_id, finish).await?;
        if let Some(first) = joined.first() {
            successor::insert(&mut tx, fence.run_id, finish, first, &joined).await?;
        }
        entries.extend(
            start_next(&mut tx, workspace_id, finish.conversation_id)
                .await?
                .map(OutboxEntry::Job),
        );
        sqlx::query!("DELETE FROM outbox WHERE id = $1", finish.job_id.uuid())
            .execute(&mut *tx)
            .await?;
        outbox::insert(&mut tx, &entries[..usize::from(finish.answer.is_some())]).await?;
        tx.commit().await?;
        Ok(Finished::Ended(entries))
    }
}

/// Locks a conversation against everyone who would change which of its runs is active.
pub(crate) async fn lock_conversation(
    tx: &mut PgConnection,
    id: ConversationId,
) -> Result<(), Error> {
    sqlx::query!(
        "SELECT id FROM conversations WHERE id = $1 FOR NO KEY UPDATE",
        id.uuid()
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

async fn insert_answer(
    tx: &mut PgConnection,
    run_id: RunId,
    finish: &Finish<'_>,
    answer: &NewAnswer,
) -> Result<(), Error> {
    sqlx::query!(
        "WITH slot AS (
             UPDATE conversations
             SET last_seq = last_seq + 1, updated_at = now()
             WHERE id = $2
             RETURNING last_seq
         )
         INSERT INTO messages (id, workspace_id, conversation_id, seq, role, content, run_id, created_at)
         SELECT $1, $3, $2, last_seq, 'assistant', $4, $5, $6
         FROM slot",
        answer.message_id.uuid(),
        finish.conversation_id.uuid(),
        finish.scope.workspace_id.uuid(),
        answer.content,
        run_id.uuid(),
        finish.ended_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn answer_created(
    fence: Fence,
    finish: &Finish<'_>,
    answer: &NewAnswer,
) -> Result<mosaic_proto::envelope::Envelope, Error> {
    message_created(
        finish.scope,
        answer.event_id,
        "agent-worker",
        &format!("run/{}", fence.run_id),
        finish.traceparent.clone(),
        finish.ended_at,
        &MessageFacts {
            message_id: answer.message_id,
            conversation_id: finish.conversation_id,
            role: Role::Assistant,
            run_id: fence.run_id,
            content: &answer.content,
        },
    )
}

async fn end_run(tx: &mut PgConnection, run_id: RunId, finish: &Finish<'_>) -> Result<(), Error> {
    let code = match finish.end {
        EndState::Failed { code, .. } => Some(code.as_str()),
        _ => None,
    };
    sqlx::query!(
        "WITH watched AS (DELETE FROM run_watch WHERE run_id = $1)
         UPDATE runs
         SET state = $2,
             lease_until = NULL,
             ended_at = now(),
             end_code = $3,
             end_reason = $4,
             output_message_id = $5
         WHERE id = $1",
        run_id.uuid(),
        finish.end.state().as_str(),
        code,
        finish.end.reason(),
        finish.answer.map(|answer| answer.message_id.uuid()),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Makes the next waiting run of a conversation, whose lock is held, the active one and puts its job into
/// the outbox. One that is paused keeps its turn and gets its job when it is resumed.
pub(crate) async fn start_next(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
) -> Result<Option<Job>, Error> {
    let next = sqlx::query_scalar!(
        "SELECT id
         FROM runs
         WHERE conversation_id = $1 AND state IN ('queued', 'paused')
         ORDER BY ordinal
         LIMIT 1",
        conversation_id.uuid(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE conversations SET active_run_id = $2 WHERE id = $1",
        conversation_id.uuid(),
        next,
    )
    .execute(&mut *tx)
    .await?;
    let Some(next) = next else { return Ok(None) };
    queue_run(tx, workspace_id, conversation_id, RunId::new(next)).await
}

/// Puts the job of a run into the outbox, if the run is queued.
pub(crate) async fn queue_run(
    tx: &mut PgConnection,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    run_id: RunId,
) -> Result<Option<Job>, Error> {
    let run = sqlx::query!(
        "SELECT job_id, traceparent, created_at
         FROM runs
         WHERE id = $1 AND state = 'queued'",
        run_id.uuid(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(run) = run else { return Ok(None) };
    let payload = RunJob {
        run_id: run_id.to_string(),
        conversation_id: conversation_id.to_string(),
    };
    let job = Job {
        id: JobId::new(run.job_id),
        queue: RUNS_QUEUE.to_owned(),
        workspace_id,
        priority: DEFAULT_PRIORITY,
        created_at: run.created_at,
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: run.traceparent,
        data: job_data(&payload).map_err(Error::Encode)?,
    };
    outbox::insert(tx, std::slice::from_ref(&OutboxEntry::Job(job.clone()))).await?;
    Ok(Some(job))
}

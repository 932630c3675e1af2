//! Notes: what a person or an agent writes down to be remembered.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Fence, JobId, MemoryId, Role, RunId, Scope};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::job::{OutboxEntry, job_data};
use mosaic_proto::memory::v1::MemorySaved;
use sqlx::PgConnection;

use super::lock;
use crate::{Error, Storage, outbox};

/// A note to be saved. The same id saves one note, however often it is tried.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// Its id.
    pub id: MemoryId,
    /// Id of the event `memory.saved`.
    pub event_id: JobId,
    /// The run that saves it; none when a person does so themselves.
    pub run_id: Option<RunId>,
    /// The claim under which that run saves it: a worker that lost the run saves nothing.
    pub fence: Option<Fence>,
    /// What is to be remembered.
    pub content: String,
    /// Trace context of the request.
    pub traceparent: Option<String>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// What became of a note.
#[derive(Debug, Clone)]
pub enum NoteSaved {
    /// It is remembered; publish these.
    Stored(Vec<OutboxEntry>),
    /// It was saved before.
    Before,
    /// Something in the run's conversation, or that its runs so far were shown, is forgotten; the note may repeat it.
    Forgotten,
    /// Another claim holds the run, or it has ended.
    Fenced,
    /// There is no such run of theirs.
    Gone,
}

impl Storage {
    /// Saves a note of the person of `scope`, or of one of their runs.
    pub async fn save_note(&self, scope: Scope, note: &NewNote) -> Result<NoteSaved, Error> {
        let mut tx = self.scoped(&scope).with_outbox().await?;
        lock::share(&mut tx, scope.user_id).await?;
        let mut conversation_id = None;
        if let Some(run_id) = note.run_id {
            let Some(run) = run_of(&mut tx, scope, run_id).await? else {
                return Ok(NoteSaved::Gone);
            };
            if run.tainted {
                return Ok(NoteSaved::Forgotten);
            }
            if let Some(fence) = note.fence
                && !hold(&mut tx, fence).await?
            {
                return Ok(NoteSaved::Fenced);
            }
            conversation_id = Some(run.conversation_id);
        }
        if !insert(&mut tx, scope, note, conversation_id).await? {
            return Ok(NoteSaved::Before);
        }
        if let Some(run_id) = note.run_id {
            saved_by(&mut tx, run_id, note.id).await?;
        }
        let entries = vec![OutboxEntry::Event(memory_saved(scope, note)?)];
        outbox::insert(&mut tx, &entries).await?;
        tx.commit().await?;
        Ok(NoteSaved::Stored(entries))
    }
}

struct SavingRun {
    conversation_id: ConversationId,
    /// It has something forgotten before it: in its conversation, or in what this run or one before it there was shown
    /// or saved.
    tainted: bool,
}

async fn run_of(
    tx: &mut PgConnection,
    scope: Scope,
    run_id: RunId,
) -> Result<Option<SavingRun>, Error> {
    let row = sqlx::query!(
        r#"SELECT own.conversation_id,
                  EXISTS (SELECT FROM memory_forgotten f WHERE f.conversation_id = own.conversation_id)
                      OR EXISTS (
                          SELECT
                          FROM runs r
                          JOIN run_memories shown ON shown.run_id = r.id AND shown.forgotten
                          WHERE r.conversation_id = own.conversation_id AND r.ordinal <= own.ordinal
                      ) AS "tainted!"
           FROM runs own
           WHERE own.id = $1 AND own.workspace_id = $2 AND own.owner_id = $3"#,
        run_id.uuid(),
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| SavingRun {
        conversation_id: ConversationId::new(row.conversation_id),
        tainted: row.tainted,
    }))
}

/// Whether a claim holds. It goes on to hold until the transaction ends.
pub(super) async fn hold(tx: &mut PgConnection, fence: Fence) -> Result<bool, Error> {
    let Fence {
        run_id,
        epoch,
        worker_id,
    } = fence;
    let held = sqlx::query_scalar!(
        "SELECT id
         FROM runs
         WHERE id = $1 AND epoch = $2 AND worker_id = $3 AND state = 'running'
         FOR SHARE",
        run_id.uuid(),
        crate::log::signed(epoch),
        worker_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(held.is_some())
}

async fn insert(
    tx: &mut PgConnection,
    scope: Scope,
    note: &NewNote,
    conversation_id: Option<ConversationId>,
) -> Result<bool, Error> {
    let role = match note.run_id {
        Some(_) => Role::Assistant,
        None => Role::User,
    };
    let done = sqlx::query!(
        "INSERT INTO memories (id, workspace_id, user_id, kind, role, conversation_id, run_id, content,
                               created_at)
         VALUES ($1, $2, $3, 'note', $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO NOTHING",
        note.id.uuid(),
        scope.workspace_id.uuid(),
        scope.user_id.uuid(),
        role.as_str(),
        conversation_id.map(ConversationId::uuid),
        note.run_id.map(RunId::uuid),
        note.content,
        note.written_at,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A run knows what it saved; forgetting the note reaches its answer by this.
async fn saved_by(tx: &mut PgConnection, run_id: RunId, note: MemoryId) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO run_memories (run_id, memory_id) VALUES ($1, $2)
         ON CONFLICT (run_id, memory_id) DO NOTHING",
        run_id.uuid(),
        note.uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The event `memory.saved`: it wakes the indexer, which cuts and embeds the note.
fn memory_saved(scope: Scope, note: &NewNote) -> Result<Envelope, Error> {
    let payload = MemorySaved {
        memory_id: note.id.to_string(),
        owner_id: scope.user_id.to_string(),
    };
    let (source, actor) = match note.run_id {
        Some(run_id) => ("agent-worker", format!("run/{run_id}")),
        None => ("gateway", format!("user/{}", scope.user_id)),
    };
    Ok(Envelope {
        id: note.event_id,
        type_name: "memory.saved".to_owned(),
        source: source.to_owned(),
        subject: format!("memory/{}", note.id),
        time: note.written_at,
        workspace_id: scope.workspace_id,
        actor,
        traceparent: note.traceparent.clone(),
        data: job_data(&payload).map_err(Error::Encode)?,
    })
}

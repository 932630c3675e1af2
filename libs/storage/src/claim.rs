//! Claiming a run: taking its lease, raising its epoch, and loading what is needed to go on.

use std::time::Duration;

use mosaic_domain::{
    ConversationId, Cursor, Fence, InstanceId, JobId, Message, NumberedStep, RunId, RunState,
    Scope, Usage, UserId, WorkspaceId,
};
use sqlx::PgConnection;

use crate::control::evict;
use crate::instance::interval;
use crate::log::{signed, unsigned};
use crate::message::MessageRow;
use crate::{Error, Purpose, Storage, step, summary};

/// How an attempt to claim a run ended.
#[derive(Debug, Clone)]
pub enum Claim {
    /// The run is held by the caller now.
    Claimed(Box<ClaimedRun>),
    /// Another worker holds it for at least this long.
    Held {
        /// Time left of its lease.
        remaining: Duration,
    },
    /// It is paused; resuming it makes another job.
    Paused,
    /// It has ended; there is nothing to do.
    Ended,
    /// It does not exist (any more); there is nothing to do.
    Missing,
    /// Another job than the delivered one does it; there is nothing to do for this one.
    OfAnotherJob,
}

/// The job that was delivered with the name of a run in it. What a job says is taken from Valkey; the record says which job
/// does which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveredJob {
    /// Its id.
    pub id: JobId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
}

/// A claimed run with everything needed to go on where it stands.
#[derive(Debug, Clone)]
pub struct ClaimedRun {
    /// Proof of the claim.
    pub fence: Fence,
    /// On whose behalf it acts.
    pub scope: Scope,
    /// The conversation it answers in.
    pub conversation_id: ConversationId,
    /// Claims since a step was last recorded, this one included.
    pub claims: u32,
    /// Its job, done when the run has ended.
    pub job_id: JobId,
    /// Who answers.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// Set when someone asked to stop it.
    pub cancel_reason: Option<String>,
    /// Set when someone asked to pause it.
    pub pause_reason: Option<String>,
    /// `seq` of the last recorded event of its log.
    pub log_seq: u32,
    /// Tokens of the recorded steps.
    pub usage: Usage,
    /// Trace context of the message that began it.
    pub traceparent: Option<String>,
    /// What stands for the messages before `history`, where there is such a summary.
    pub summary: Option<String>,
    /// Earlier messages of the conversation, oldest first.
    pub history: Vec<Message>,
    /// The messages this run answers, oldest first.
    pub messages: Vec<Message>,
    /// Its recorded steps.
    pub steps: Vec<NumberedStep>,
}

impl ClaimedRun {
    /// Whether an earlier claim had begun it.
    #[must_use]
    pub const fn is_taken_over(&self) -> bool {
        self.fence.epoch > 1
    }

    /// The place in the log where the recorded part ends, as this claim writes on.
    #[must_use]
    pub const fn log_cursor(&self) -> Cursor {
        Cursor::new(self.fence.epoch, self.log_seq)
    }
}

/// A run that a worker holds, as its heartbeat finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRun {
    /// The run.
    pub run_id: RunId,
    /// Number of the claim.
    pub epoch: u32,
    /// Set when someone asked to stop it.
    pub cancel_reason: Option<String>,
    /// Set when someone asked to pause it.
    pub pause_reason: Option<String>,
}

impl Storage {
    /// Claims a run that a delivered job names, as [`Storage::claim_run`] does, if the record has it that this very job
    /// does the run: whoever writes a job cannot make it do somebody else's.
    pub async fn claim_delivered(
        &self,
        run_id: RunId,
        job: DeliveredJob,
        worker_id: InstanceId,
        lease: Duration,
        history_limit: u32,
    ) -> Result<Claim, Error> {
        let holder = (worker_id, lease);
        self.claim(run_id, Some(job), holder, history_limit).await
    }

    /// Claims a run that is queued or whose lease has run out. One whose owner is not an active member of its workspace any more
    /// ends instead.
    ///
    /// `history_limit` bounds how many earlier messages are loaded, newest kept. Messages that the newest compaction stands
    /// for are not loaded but told by it. The first claim notes which one that is, and a run that is taken over gets just
    /// that, not one made meanwhile: the model would otherwise go on after steps that it took with another past before it.
    pub async fn claim_run(
        &self,
        run_id: RunId,
        worker_id: InstanceId,
        lease: Duration,
        history_limit: u32,
    ) -> Result<Claim, Error> {
        let holder = (worker_id, lease);
        self.claim(run_id, None, holder, history_limit).await
    }

    async fn claim(
        &self,
        run_id: RunId,
        job: Option<DeliveredJob>,
        (worker_id, lease): (InstanceId, Duration),
        history_limit: u32,
    ) -> Result<Claim, Error> {
        let mut tx = self.system(Purpose::Worker).await?;
        let row = sqlx::query!(
            "UPDATE runs
             SET state = 'running',
                 epoch = epoch + 1,
                 claims = claims + 1,
                 worker_id = $2,
                 lease_until = now() + $3::interval,
                 started_at = COALESCE(started_at, now()),
                 compaction_ordinal = COALESCE(
                     compaction_ordinal,
                     -- Whoever began it without noting a compaction knew of none.
                     CASE WHEN started_at IS NULL
                          THEN (SELECT max(s.last_ordinal)
                                FROM summaries s
                                WHERE s.conversation_id = runs.conversation_id AND s.kind = 'compaction')
                     END,
                     0)
             WHERE id = $1
               AND ($4::uuid IS NULL OR (job_id = $4 AND workspace_id = $5))
               AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
               AND EXISTS (SELECT FROM memberships m
                           JOIN users u ON u.id = m.user_id AND u.state = 'active'
                           WHERE m.workspace_id = runs.workspace_id AND m.user_id = runs.owner_id)
             RETURNING workspace_id, owner_id, conversation_id, ordinal, job_id, agent, model, epoch,
                       claims, compaction_ordinal, log_seq, cancel_reason, pause_reason, input_tokens, output_tokens, cache_read_tokens,
                       cache_write_tokens, traceparent",
            run_id.uuid(),
            worker_id.uuid(),
            interval(lease),
            job.map(|job| job.id.uuid()),
            job.map(|job| job.workspace_id.uuid()),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            let claim = unclaimable(&mut tx, run_id, job).await?;
            tx.commit().await?;
            return Ok(claim);
        };
        let conversation_id = ConversationId::new(row.conversation_id);
        let after = row.compaction_ordinal.unwrap_or_default();
        let summary = summary::compaction_at(&mut tx, conversation_id, after).await?;
        let past = Past {
            run_id,
            conversation_id,
            ordinal: row.ordinal,
            after,
        };
        let messages = load_messages(&mut tx, &past, history_limit).await?;
        let steps = if row.epoch > 1 {
            step::load(&mut tx, run_id).await?
        } else {
            Vec::new()
        };
        tx.commit().await?;
        let (messages, history) = messages
            .into_iter()
            .partition(|message| message.run_id == Some(run_id));
        Ok(Claim::Claimed(Box::new(ClaimedRun {
            fence: Fence {
                run_id,
                epoch: unsigned(row.epoch),
                worker_id,
            },
            scope: Scope {
                workspace_id: WorkspaceId::new(row.workspace_id),
                user_id: UserId::new(row.owner_id),
            },
            conversation_id,
            claims: unsigned(row.claims),
            job_id: JobId::new(row.job_id),
            agent: row.agent,
            model: row.model,
            cancel_reason: row.cancel_reason,
            pause_reason: row.pause_reason,
            log_seq: unsigned(row.log_seq),
            usage: Usage {
                input_tokens: u32::try_from(row.input_tokens).unwrap_or(u32::MAX),
                output_tokens: u32::try_from(row.output_tokens).unwrap_or(u32::MAX),
                cache_read_tokens: u32::try_from(row.cache_read_tokens).unwrap_or(u32::MAX),
                cache_write_tokens: u32::try_from(row.cache_write_tokens).unwrap_or(u32::MAX),
            },
            traceparent: row.traceparent,
            summary,
            history,
            messages,
            steps,
        })))
    }

    /// Renews the leases of the runs a worker holds and tells which of them are still its own. A run that is being
    /// written right now renews itself with that write and is passed over here, so that one slow write does not cost
    /// the other runs their leases. Losing this
    /// write in a crash of Postgres costs a take-over, so it does not wait for the disk.
    pub async fn renew_leases(
        &self,
        worker_id: InstanceId,
        held: &[(RunId, u32)],
        lease: Duration,
    ) -> Result<Vec<HeldRun>, Error> {
        let (ids, epochs): (Vec<_>, Vec<_>) = held
            .iter()
            .map(|(id, epoch)| (id.uuid(), signed(*epoch)))
            .unzip();
        let mut tx = self.system(Purpose::Worker).await?;
        sqlx::query!("SET LOCAL synchronous_commit = off")
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "UPDATE runs
             SET lease_until = now() + $4::interval
             WHERE id IN (SELECT runs.id
                          FROM runs
                          JOIN UNNEST($2::uuid[], $3::integer[]) AS held (id, epoch)
                            ON runs.id = held.id AND runs.epoch = held.epoch
                          WHERE runs.worker_id = $1 AND runs.state = 'running'
                          FOR NO KEY UPDATE OF runs SKIP LOCKED)",
            worker_id.uuid(),
            &ids,
            &epochs,
            interval(lease),
        )
        .execute(&mut *tx)
        .await?;
        let rows = sqlx::query!(
            "SELECT runs.id, runs.epoch, runs.cancel_reason, runs.pause_reason
             FROM runs
             JOIN UNNEST($2::uuid[], $3::integer[]) AS held (id, epoch)
               ON runs.id = held.id AND runs.epoch = held.epoch
             WHERE runs.worker_id = $1 AND runs.state = 'running'",
            worker_id.uuid(),
            &ids,
            &epochs,
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(rows
            .into_iter()
            .map(|row| HeldRun {
                run_id: RunId::new(row.id),
                epoch: unsigned(row.epoch),
                cancel_reason: row.cancel_reason,
                pause_reason: row.pause_reason,
            })
            .collect())
    }
}

/// Which messages a run sees.
struct Past {
    run_id: RunId,
    conversation_id: ConversationId,
    ordinal: i32,
    /// The last run that a summary stands for.
    after: i32,
}

/// The messages of the runs after the summary, up to and including those of the run itself, in the order in which they
/// were answered: a message that waits for a later run is not seen by an earlier one.
async fn load_messages(
    tx: &mut PgConnection,
    past: &Past,
    history_limit: u32,
) -> Result<Vec<Message>, Error> {
    let Past {
        run_id,
        conversation_id,
        ordinal,
        after,
    } = past;
    let rows = sqlx::query_as!(
        MessageRow,
        r#"SELECT id AS "id!",
                  conversation_id AS "conversation_id!",
                  seq AS "seq!",
                  role AS "role!",
                  content AS "content!",
                  run_id,
                  created_at AS "created_at!"
           FROM (
               (SELECT m.id, m.conversation_id, m.seq, m.role, m.content, m.run_id, m.created_at, r.ordinal
                FROM runs r
                JOIN messages m ON m.run_id = r.id
                WHERE r.conversation_id = $1 AND r.ordinal > $5 AND r.ordinal < $2
                ORDER BY r.ordinal DESC, m.seq DESC
                LIMIT $4)
               UNION ALL
               SELECT id, conversation_id, seq, role, content, run_id, created_at, $2
               FROM messages
               WHERE run_id = $3
           ) AS seen
           ORDER BY ordinal, seq"#,
        conversation_id.uuid(),
        ordinal,
        run_id.uuid(),
        i64::from(history_limit),
        after,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Why a run cannot be claimed, on the connection of the attempt: many attempts at once must not wait for each
/// other's connections.
async fn unclaimable(
    tx: &mut PgConnection,
    run_id: RunId,
    job: Option<DeliveredJob>,
) -> Result<Claim, Error> {
    let row = sqlx::query!(
        r#"SELECT state, job_id, workspace_id, now() AS "now!",
                  EXTRACT(EPOCH FROM lease_until - now())::float8 AS remaining,
                  NOT EXISTS (SELECT FROM memberships m
                              JOIN users u ON u.id = m.user_id AND u.state = 'active'
                              WHERE m.workspace_id = runs.workspace_id
                                AND m.user_id = runs.owner_id) AS "orphan!"
           FROM runs
           WHERE id = $1"#,
        run_id.uuid(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Ok(Claim::Missing);
    };
    let does_it = |job: DeliveredJob| {
        job.id.uuid() == row.job_id && job.workspace_id.uuid() == row.workspace_id
    };
    if !job.is_none_or(does_it) {
        return Ok(Claim::OfAnotherJob);
    }
    let state: RunState = row
        .state
        .parse()
        .map_err(|error| Error::corrupt("runs", "state", run_id, error))?;
    if state.is_terminal() {
        return Ok(Claim::Ended);
    }
    if state == RunState::Paused {
        return Ok(Claim::Paused);
    }
    let remaining =
        Duration::try_from_secs_f64(row.remaining.unwrap_or_default().max(0.0)).unwrap_or_default();
    if row.orphan && remaining.is_zero() {
        evict(tx, WorkspaceId::new(row.workspace_id), run_id, row.now).await?;
        return Ok(Claim::Ended);
    }
    Ok(Claim::Held { remaining })
}

//! Recording what a run has done so far: steps and log, before anything further is begun.

use std::time::Duration;

use mosaic_domain::{Fence, Message, NumberedStep, Usage, WorkspaceId};
use mosaic_proto::log::LogEvent;
use sqlx::PgConnection;

use crate::instance::interval;
use crate::log::signed;
use crate::message::MessageRow;
use crate::{Error, Purpose, Storage, log, step};

/// What a run has done since it was last recorded.
#[derive(Debug, Clone)]
pub struct Checkpoint<'a> {
    /// Steps that are new or have come further.
    pub steps: &'a [NumberedStep],
    /// Events of the log that are not recorded yet, following each other and what is recorded.
    pub log: &'a [LogEvent],
    /// Tokens of the steps that are recorded here.
    pub usage: Usage,
    /// The lease is renewed by this much.
    pub lease: Duration,
    /// Messages of the run after this `seq` are returned.
    pub seen_seq: i64,
}

impl Storage {
    /// Records a checkpoint and returns the messages that have joined the run meanwhile. May be repeated when
    /// the answer to an earlier attempt was lost: what is recorded already is not recorded twice.
    pub async fn record(
        &self,
        fence: Fence,
        checkpoint: &Checkpoint<'_>,
    ) -> Result<Vec<Message>, Error> {
        let mut tx = self.system(Purpose::Worker).await?;
        if let Passed::Now(workspace_id) = pass_fence(&mut tx, fence, checkpoint).await? {
            step::upsert(
                &mut tx,
                workspace_id,
                fence.run_id,
                fence.epoch,
                checkpoint.steps,
            )
            .await?;
            log::append(&mut tx, workspace_id, fence.run_id, checkpoint.log).await?;
        }
        let joined = joined_since(&mut tx, fence, checkpoint.seen_seq).await?;
        tx.commit().await?;
        Ok(joined)
    }

    /// Gives a run back unfinished, so that another worker may claim it at once. Usually that is no sign of a run that
    /// kills its workers, so the claim is not counted; `counts` says that it is one, so that the run is not claimed for ever.
    pub async fn release_run(&self, fence: Fence, counts: bool) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Worker).await?;
        sqlx::query!(
            "UPDATE runs
             SET lease_until = now() - interval '1 millisecond',
                 claims = CASE WHEN $4 THEN claims ELSE GREATEST(claims - 1, 0) END
             WHERE id = $1 AND epoch = $2 AND worker_id = $3 AND state = 'running'",
            fence.run_id.uuid(),
            signed(fence.epoch),
            fence.worker_id.uuid(),
            counts,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What the fence says to a write.
pub(crate) enum Passed {
    /// The claim holds and the run is locked until the transaction ends.
    Now(WorkspaceId),
    /// The claim holds, or held when the run ended, and this very checkpoint is recorded.
    Before,
}

/// Proves that the claim still holds and that the checkpoint follows what is recorded.
pub(crate) async fn pass_fence(
    tx: &mut PgConnection,
    fence: Fence,
    checkpoint: &Checkpoint<'_>,
) -> Result<Passed, Error> {
    let first = checkpoint.log.first().map(|event| signed(event.cursor.seq));
    let last = checkpoint.log.last().map(|event| signed(event.cursor.seq));
    let usage = checkpoint.usage;
    let workspace = sqlx::query_scalar!(
        "UPDATE runs
         SET lease_until = now() + $4::interval,
             log_seq = COALESCE($6, log_seq),
             claims = CASE WHEN $11 THEN 0 ELSE claims END,
             input_tokens = input_tokens + $7,
             output_tokens = output_tokens + $8,
             cache_read_tokens = cache_read_tokens + $9,
             cache_write_tokens = cache_write_tokens + $10
         WHERE id = $1
           AND epoch = $2
           AND worker_id = $3
           AND state = 'running'
           AND ($5::integer IS NULL OR log_seq = $5 - 1)
         RETURNING workspace_id",
        fence.run_id.uuid(),
        signed(fence.epoch),
        fence.worker_id.uuid(),
        interval(checkpoint.lease),
        first,
        last,
        i64::from(usage.input_tokens),
        i64::from(usage.output_tokens),
        i64::from(usage.cache_read_tokens),
        i64::from(usage.cache_write_tokens),
        !checkpoint.steps.is_empty(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    match workspace {
        Some(workspace) => Ok(Passed::Now(WorkspaceId::new(workspace))),
        None => passed_before(tx, fence, last).await,
    }
}

async fn passed_before(
    tx: &mut PgConnection,
    fence: Fence,
    last: Option<i32>,
) -> Result<Passed, Error> {
    let row = sqlx::query!(
        "SELECT state, log_seq FROM runs WHERE id = $1 AND epoch = $2 AND worker_id = $3",
        fence.run_id.uuid(),
        signed(fence.epoch),
        fence.worker_id.uuid(),
    )
    .fetch_optional(tx)
    .await?;
    match (row, last) {
        (Some(row), Some(last)) if row.log_seq >= last => Ok(Passed::Before),
        (Some(row), Some(last)) if row.state == "running" => Err(Error::corrupt(
            "runs",
            "log_seq",
            fence.run_id,
            format!("the log ends at {} and cannot go on to {last}", row.log_seq),
        )),
        _ => Err(Error::Fenced),
    }
}

/// Messages that joined the run after `seen_seq`.
pub(crate) async fn joined_since(
    tx: &mut PgConnection,
    fence: Fence,
    seen_seq: i64,
) -> Result<Vec<Message>, Error> {
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT id, conversation_id, seq, role, content, run_id, created_at
         FROM messages
         WHERE run_id = $1 AND seq > $2 AND role = 'user'
         ORDER BY seq",
        fence.run_id.uuid(),
        seen_seq,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

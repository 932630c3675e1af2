//! A worker halts its run between two steps, as it was asked to, and gives it back.

use mosaic_domain::{Fence, JobId, Message};

use crate::checkpoint::{Checkpoint, Passed, joined_since, pass_fence};
use crate::{Error, Purpose, Storage, log, step};

/// A run that is to halt.
#[derive(Debug, Clone)]
pub struct Halt<'a> {
    /// Its job, which is done.
    pub job_id: JobId,
    /// What it has done until now. The last event says that it is paused.
    pub checkpoint: Checkpoint<'a>,
}

/// What became of an attempt to halt a run.
#[derive(Debug, Clone)]
pub enum Halted {
    /// It is paused and held by nobody.
    Paused,
    /// Nothing was written: nobody wants it to halt any more. These messages have joined it.
    Withdrawn(Vec<Message>),
}

impl Storage {
    /// Pauses a run that a worker holds, if that is still wanted. May be repeated when the answer to an earlier attempt was
    /// lost.
    pub async fn halt_run(&self, fence: Fence, halt: &Halt<'_>) -> Result<Halted, Error> {
        let mut tx = self.system(Purpose::Worker).await?;
        let Passed::Now(workspace_id) = pass_fence(&mut tx, fence, &halt.checkpoint).await? else {
            return Ok(Halted::Paused);
        };
        // A run that is to be stopped as well is not paused: the stop has the last word.
        let paused = sqlx::query_scalar!(
            "UPDATE runs
             SET state = 'paused', lease_until = NULL
             WHERE id = $1 AND pause_reason IS NOT NULL AND cancel_reason IS NULL
             RETURNING id",
            fence.run_id.uuid(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        if paused.is_none() {
            let joined = joined_since(&mut tx, fence, halt.checkpoint.seen_seq).await?;
            tx.rollback().await?;
            return Ok(Halted::Withdrawn(joined));
        }
        step::upsert(
            &mut tx,
            workspace_id,
            fence.run_id,
            fence.epoch,
            halt.checkpoint.steps,
        )
        .await?;
        log::append(&mut tx, workspace_id, fence.run_id, halt.checkpoint.log).await?;
        sqlx::query!("DELETE FROM outbox WHERE id = $1", halt.job_id.uuid())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Halted::Paused)
    }
}

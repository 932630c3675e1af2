//! One dead letter in an operator's hand. Putting it back and throwing it away take several steps, on record and in Valkey: of
//! two operators who are at the same letter the first does all of them, and the other finds that it is gone and changes nothing.

use std::sync::Arc;

use mosaic_proto::job::Job;
use tokio::sync::OwnedMutexGuard;

use super::{QueueOperator, record};
use crate::error::Result;
use crate::queue::{DeadJob, Queue};
use crate::relay::{Held, QueueRecord};

/// A dead letter that nobody else puts back or throws away as long as this is not dropped.
#[must_use = "it is free again when this is dropped"]
pub struct HeldLetter {
    queue: Queue,
    dead: DeadJob,
    record: Arc<dyn QueueRecord>,
    /// Free for others on record before it is the next one's turn here.
    _held: Option<Held>,
    _turn: OwnedMutexGuard<()>,
}

impl std::fmt::Debug for HeldLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeldLetter")
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}

impl QueueOperator {
    /// Whether the job of a dead letter is nowhere else on its queue: letters may be doubled, and one that was put back may have
    /// left another behind. Looks through all letters and lanes, so ask before the letter is held.
    pub async fn is_only(&self, queue: &str, entry_id: &str) -> Result<bool> {
        let queue = self.queue(queue);
        let dead = queue.dead_entry(entry_id).await?;
        match dead.and_then(|dead| dead.job) {
            Some(job) => Ok(!queue.is_elsewhere(job.id).await?),
            None => Ok(true),
        }
    }

    /// Takes a dead letter in hand, once nobody else has it. `None` if it is not there, or not any more.
    pub async fn hold_dead(&self, queue: &str, entry_id: &str) -> Result<Option<HeldLetter>> {
        let queue = self.queue(queue);
        let Some(seen) = queue.dead_entry(entry_id).await? else {
            return Ok(None);
        };
        // What is held is held in a transaction: many at once would leave none for the steps in between.
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let held = match seen.job {
            Some(job) => {
                let held = self.record.hold(job.id).await;
                Some(held.map_err(record("hold a job"))?)
            }
            None => None,
        };
        // Somebody may have been quicker.
        let there = queue.dead_entry(entry_id).await?;
        Ok(there.map(|dead| HeldLetter {
            queue,
            dead,
            record: Arc::clone(&self.record),
            _held: held,
            _turn: turn,
        }))
    }
}

impl HeldLetter {
    /// What it says.
    #[must_use]
    pub const fn dead(&self) -> &DeadJob {
        &self.dead
    }

    /// Puts it back into this life of Valkey, with other data if given, and has it on record as undone. Answers the job; `None`
    /// if it cannot be read or was removed past all operators.
    pub(super) async fn retry(self, life: i64, data: Option<&str>) -> Result<Option<Job>> {
        let Some(mut job) = self.dead.job else {
            return Ok(None);
        };
        if let Some(data) = data {
            data.clone_into(&mut job.data);
        }
        let noted = self.record.reinstate(life, &job).await;
        noted.map_err(record("write a job down"))?;
        let back = self.queue.retry_dead(&self.dead.entry_id, data).await?;
        Ok(back.then_some(job))
    }

    /// Removes it for good, on record too if its job is nowhere else. Answers it; `None` if it was removed past all operators.
    pub async fn discard(self, only: bool) -> Result<Option<DeadJob>> {
        if let Some(job) = &self.dead.job
            && only
        {
            let forgotten = self.record.discard(job).await;
            forgotten.map_err(record("forget a job"))?;
        }
        let gone = self.queue.discard_dead(&self.dead.entry_id).await?;
        Ok(gone.then_some(self.dead))
    }
}

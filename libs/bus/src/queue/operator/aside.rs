//! What an operator set aside is on record and among the dead letters: what one of them has lost it gets from the other.

use mosaic_domain::JobId;

use super::{PAGE, QueueOperator, record};
use crate::error::Result;
use crate::queue::Queue;
use crate::relay::AsideJob;

impl QueueOperator {
    /// Writes a dead letter for each job that is on record as set aside and neither has one nor is in work. Somebody may
    /// have removed it by hand, or a job was put back while the drain that had moved it was about to note that.
    pub(super) async fn lay_aside(&self, queue: &Queue, life: i64) -> Result<()> {
        let known = queue.known().await?;
        let mut after = None;
        loop {
            let page = self.record.aside(queue.name(), after, PAGE).await;
            let (jobs, next) = page.map_err(record("list jobs that were set aside"))?;
            let missing = jobs.into_iter().filter(|one| !known.contains(&one.job.id));
            let missing: Vec<AsideJob> = missing.collect();
            if !missing.is_empty() {
                queue.lay_aside(&missing).await?;
                let ids: Vec<JobId> = missing.iter().map(|one| one.job.id).collect();
                self.note(life, &ids, &[]).await?;
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

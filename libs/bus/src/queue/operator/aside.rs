//! What an operator set aside is on record and among the dead letters: what one of them has lost it gets from the other.

use std::collections::BTreeMap;

use mosaic_domain::JobId;

use super::{PAGE, QueueOperator, record};
use crate::error::Result;
use crate::queue::Queue;
use crate::relay::AsideJob;

impl QueueOperator {
    /// Notes all dead letters that were drained, each with its own reason, unless they are on record as set aside or their job is
    /// in a lane: letters may be doubled, and one of two may have been put back.
    pub(super) async fn note_drained(&self, queue: &Queue) -> Result<()> {
        // Asked before the letters are read, so that what is noted is there in this life at least.
        let life = self.life().await?;
        let again = queue.laned().await?;
        let mut before = None;
        loop {
            let page = queue.dead_page(before.as_deref(), PAGE).await?;
            let mut reasons: BTreeMap<String, Vec<JobId>> = BTreeMap::new();
            for letter in page.items.into_iter().filter(|letter| letter.drained) {
                if let Some(job) = letter.job.filter(|job| !again.contains(&job.id)) {
                    reasons.entry(letter.reason).or_default().push(job.id);
                }
            }
            for (reason, ids) in &reasons {
                let noted = self.record.set_aside(queue.name(), life, ids, reason).await;
                noted.map_err(record("note that jobs were set aside"))?;
            }
            before = page.next;
            if before.is_none() {
                return Ok(());
            }
        }
    }

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

//! Emptying a queue.

use std::collections::HashSet;
use std::time::Duration;

use mosaic_domain::JobId;

use super::{Lane, Queue};
use crate::clock::millis;
use crate::error::Result;
use crate::script;

/// Jobs moved by one call of the script; it holds up everybody else.
const MOVED: usize = 500;
/// Entries looked at by one call.
const LOOKED_AT: usize = 1000;

impl Queue {
    /// Moves everything that waits (entries that nobody has taken, delayed jobs, jobs behind others of their ordering
    /// key) to the dead letters and says how many; what is in work stays. Nothing is lost: dead letters can be put
    /// back. What is pushed meanwhile may stay; pause first to be sure. The record does not hear of it, for which there is
    /// [`QueueOperator::drain`](super::QueueOperator::drain).
    pub async fn drain(&self, reason: &str) -> Result<u64> {
        self.empty("bury", reason).await
    }

    /// Removes everything that waits, and what was left of jobs that somebody removed by hand. What of it is not in the
    /// outbox is lost.
    pub(crate) async fn clear(&self) -> Result<u64> {
        let removed = self.empty("drop", "").await?;
        let call = self.call(&script::HEADS);
        let _: u64 = self.bus.script("mend ordering keys", &call).await?;
        Ok(removed)
    }

    async fn empty(&self, how: &'static str, reason: &str) -> Result<u64> {
        let there = self.untaken().await?;
        let mut moved = 0;
        while moved < there {
            let some = self.empty_some(how, reason).await?;
            moved += some.len() as u64;
            if some.is_empty() {
                break;
            }
        }
        Ok(moved)
    }

    /// How many jobs wait, in whichever way. Others may push as fast as one drains, so this is where draining ends.
    pub(super) async fn untaken(&self) -> Result<u64> {
        let stats = self.stats().await?;
        Ok(stats.waiting + stats.delayed + stats.ordered)
    }

    /// Moves some of what waits to the dead letters and answers the ids of the jobs, of whatever could not be read too.
    pub(super) async fn drain_some(&self, reason: &str) -> Result<Vec<String>> {
        self.empty_some("bury", reason).await
    }

    async fn empty_some(&self, how: &'static str, reason: &str) -> Result<Vec<String>> {
        let mut call = self.call(&script::DRAIN);
        call.arg(MOVED).arg(how).arg(reason);
        self.bus.script("drain a queue", &call).await
    }

    /// Says that this queue is being filled from the record; unless it is said again, it counts as given up after so long.
    pub(super) async fn filling(&self, lasts: Duration) -> Result<()> {
        let mut call = self.call(&script::FILL);
        call.arg(millis(lasts));
        let _: String = self.bus.script("fill a queue", &call).await?;
        Ok(())
    }

    /// Says that this queue is filled: of every ordering key the first job is let in.
    pub(super) async fn filled(&self) -> Result<()> {
        self.filling(Duration::ZERO).await
    }

    /// The ids of jobs that are in work or dead.
    pub(crate) async fn known(&self) -> Result<HashSet<JobId>> {
        let mut known = HashSet::new();
        let lanes = Lane::ALL.map(Lane::name);
        for place in lanes {
            known.extend(self.ids_in(place, true).await?);
        }
        known.extend(self.dead_ids().await?);
        Ok(known)
    }

    /// The ids of jobs that are in a lane, whether somebody has taken them or not.
    pub(super) async fn laned(&self) -> Result<HashSet<JobId>> {
        let mut laned = HashSet::new();
        for place in Lane::ALL.map(Lane::name) {
            laned.extend(self.ids_in(place, false).await?);
        }
        Ok(laned)
    }

    /// The ids of jobs among the dead letters.
    pub async fn dead_ids(&self) -> Result<Vec<JobId>> {
        self.ids_in("dead", false).await
    }

    /// Whether there is more of a job on this queue than one dead letter: another letter, or an entry that waits or is in work.
    pub(super) async fn is_elsewhere(&self, job: JobId) -> Result<bool> {
        let dead = self.dead_ids().await?;
        if dead.iter().filter(|id| **id == job).nth(1).is_some() {
            return Ok(true);
        }
        if self.laned().await?.contains(&job) {
            return Ok(true);
        }
        let mut call = self.call(&script::WAITS);
        call.arg(job.to_string());
        self.bus.script("look for a job", &call).await
    }

    async fn ids_in(&self, place: &str, taken: bool) -> Result<Vec<JobId>> {
        let (mut ids, mut from) = (Vec::new(), String::new());
        loop {
            let mut call = self.call(&script::KNOWN);
            call.arg(place)
                .arg(&from)
                .arg(LOOKED_AT)
                .arg(u8::from(taken));
            let answer: Vec<String> = self.bus.script("list known jobs", &call).await?;
            let mut answer = answer.into_iter();
            let last = answer.next().unwrap_or_default();
            ids.extend(answer.filter_map(|id| id.parse::<JobId>().ok()));
            if last.is_empty() {
                return Ok(ids);
            }
            from = last;
        }
    }
}

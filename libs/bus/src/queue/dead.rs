//! Dead letters: looking at them, putting them back, throwing them away.

use chrono::{DateTime, Utc};
use mosaic_proto::job::Job;

use super::Queue;
use super::entry::{self, Fields};
use crate::error::Result;
use crate::script;

/// Dead letters put back by one call of the script.
const REDRIVEN: usize = 200;

/// A job that was given up on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// The entry's id among the dead letters.
    pub entry_id: String,
    /// The job, if it can be read.
    pub job: Option<Job>,
    /// Why.
    pub reason: String,
    /// Whether an operator set it aside by draining the queue; else it was given up on.
    pub drained: bool,
    /// When.
    pub time: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: u32,
}

/// Some dead letters, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadPage {
    /// The dead letters.
    pub items: Vec<DeadJob>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

impl Queue {
    /// The latest dead letters, newest first.
    pub async fn dead(&self, limit: usize) -> Result<Vec<DeadJob>> {
        Ok(self.dead_page(None, limit).await?.items)
    }

    /// Dead letters that are older than the entry `before`, newest first.
    pub async fn dead_page(&self, before: Option<&str>, limit: usize) -> Result<DeadPage> {
        let mut range = redis::cmd("XREVRANGE");
        range
            .arg(self.bus.keys().dead(&self.name))
            .arg(before.map_or_else(|| "+".to_owned(), |id| format!("({id}")))
            .arg("-")
            .arg("COUNT")
            .arg(limit.saturating_add(1));
        let entries: Vec<(String, Fields)> = self.bus.command("list dead letters", &range).await?;
        let more = entries.len() > limit;
        let items: Vec<DeadJob> = entries
            .into_iter()
            .take(limit)
            .map(|(id, fields)| dead(&self.name, id, fields))
            .collect();
        let last = items.last().map(|dead| dead.entry_id.clone());
        Ok(DeadPage {
            next: last.filter(|_| more),
            items,
        })
    }

    /// One dead letter.
    pub async fn dead_entry(&self, entry_id: &str) -> Result<Option<DeadJob>> {
        let mut range = redis::cmd("XRANGE");
        range
            .arg(self.bus.keys().dead(&self.name))
            .arg(entry_id)
            .arg(entry_id);
        let entries: Vec<(String, Fields)> = self.bus.command("read a dead letter", &range).await?;
        let first = entries.into_iter().next();
        Ok(first.map(|(id, fields)| dead(&self.name, id, fields)))
    }

    /// Puts a dead letter back as if it had never been tried, with other data if given. `false` if there is none.
    pub async fn retry_dead(&self, entry_id: &str, data: Option<&str>) -> Result<bool> {
        let mut call = self.call(&script::REDRIVE);
        call.arg(entry_id)
            .arg(1)
            .arg(u8::from(data.is_some()))
            .arg(data.unwrap_or_default());
        let count: usize = self.bus.script("put a dead letter back", &call).await?;
        Ok(count > 0)
    }

    /// Puts up to `limit` dead letters back, the oldest first, and says how many. What dies again meanwhile may be
    /// among them.
    pub async fn retry_all_dead(&self, limit: usize) -> Result<usize> {
        let mut done = 0;
        while done < limit {
            let count = REDRIVEN.min(limit - done);
            let mut call = self.call(&script::REDRIVE);
            call.arg("").arg(count).arg(0).arg("");
            let moved: usize = self.bus.script("put dead letters back", &call).await?;
            done += moved;
            if moved < count {
                break;
            }
        }
        Ok(done)
    }

    /// Removes a dead letter for good and frees its idempotency key. `false` if there is none.
    pub async fn discard_dead(&self, entry_id: &str) -> Result<bool> {
        let Some(dead) = self.dead_entry(entry_id).await? else {
            return Ok(false);
        };
        let keys = self.bus.keys();
        let job = dead.job.as_ref();
        let once = job.and_then(entry::idempotency_key);
        let mut call = script::DISCARD.key(keys.dead(&self.name));
        call.key(keys.once(&self.name, once.unwrap_or_default()))
            .arg(entry_id)
            .arg(match (job, once) {
                (Some(job), Some(_)) => job.id.to_string(),
                _ => String::new(),
            });
        let count: usize = self.bus.script("discard a dead letter", &call).await?;
        Ok(count > 0)
    }
}

/// A dead letter; its id is the time at which it was buried.
fn dead(queue: &str, entry_id: String, mut fields: Fields) -> DeadJob {
    let millis = entry_id
        .split('-')
        .next()
        .and_then(|text| text.parse().ok());
    DeadJob {
        reason: fields.take("reason").unwrap_or_default(),
        drained: fields.get("drained").is_some(),
        time: millis
            .and_then(DateTime::<Utc>::from_timestamp_millis)
            .unwrap_or_default(),
        attempts: entry::attempt(&fields, "attempts").unwrap_or_default(),
        job: entry::job(queue, &mut fields).ok(),
        entry_id,
    }
}

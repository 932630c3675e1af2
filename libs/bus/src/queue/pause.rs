//! Pausing and resuming a queue.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use tokio::time::sleep;
use uuid::Uuid;

use super::Queue;
use crate::error::Result;
use crate::group::ARRIVES_WITHIN;
use crate::script;

/// Why a queue hands out no jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Tells this pause from every other.
    pub id: Uuid,
    /// Which queue.
    pub queue: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// Who paused it.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Queue {
    /// Pauses this queue in Valkey and says how many jobs are in work. Once this has returned no consumer hands out
    /// another one; jobs in work may be finished. Repeating it changes nothing. It lasts as long as Valkey remembers it
    /// and the relay has no other word from the record: [`QueueOperator`](super::QueueOperator) pauses for good.
    pub async fn pause(&self, pause: &Pause) -> Result<u64> {
        let in_work = self.assert_pause(pause).await?;
        sleep(ARRIVES_WITHIN).await;
        Ok(in_work)
    }

    /// Like [`Queue::pause`], but answers at once: what Valkey has just handed out may still be on its way.
    pub(crate) async fn assert_pause(&self, pause: &Pause) -> Result<u64> {
        let mut call = self.call(&script::PAUSE);
        call.arg(pause.id.to_string())
            .arg(&pause.reason)
            .arg(&pause.by)
            .arg(pause.at.to_rfc3339_opts(SecondsFormat::Millis, true));
        let mut register = redis::pipe();
        self.register(&mut register);
        self.bus
            .pipeline::<()>("register the queue", &register)
            .await?;
        self.bus.script("pause a queue", &call).await
    }

    /// Hands out jobs again. `false` if the queue was not paused.
    pub async fn resume(&self) -> Result<bool> {
        self.end_pause("").await
    }

    /// Ends one pause and no other.
    pub(crate) async fn end_pause(&self, id: &str) -> Result<bool> {
        let mut call = self.call(&script::RESUME);
        call.arg(id);
        self.bus.script("resume a queue", &call).await
    }

    /// Whether the queue is paused now.
    pub async fn is_paused(&self) -> Result<bool> {
        Ok(self.paused().await?.is_some())
    }

    /// Why the queue is paused now.
    pub async fn paused(&self) -> Result<Option<Pause>> {
        let mut read = redis::cmd("HGETALL");
        read.arg(self.bus.keys().paused(&self.name));
        let mut found: HashMap<String, String> = self
            .bus
            .command("see whether a queue is paused", &read)
            .await?;
        let Some(token) = found.remove("token") else {
            return Ok(None);
        };
        let at = found.remove("at").and_then(|at| at.parse().ok());
        Ok(Some(Pause {
            id: token.parse().unwrap_or_default(),
            queue: self.name.clone(),
            reason: found.remove("reason").unwrap_or_default(),
            by: found.remove("by").unwrap_or_default(),
            at: at.unwrap_or_default(),
        }))
    }
}

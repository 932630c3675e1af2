//! Numbers of a queue.

use std::time::Duration;

use super::Queue;
use crate::error::Result;
use crate::script;

/// Numbers of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueStats {
    /// Entries per lane in the order of [`Lane::ALL`](super::Lane::ALL), taken or not.
    pub depth: [u64; 3],
    /// Entries that nobody has taken.
    pub waiting: u64,
    /// Entries being worked on.
    pub pending: u64,
    /// Jobs to come.
    pub delayed: u64,
    /// Jobs that wait behind another of their ordering key, outside of the lanes.
    pub ordered: u64,
    /// Jobs given up on.
    pub dead: u64,
    /// Age of the oldest entry that nobody has taken.
    pub oldest_age: Option<Duration>,
    /// Whether nothing is handed out at the moment.
    pub paused: bool,
}

type Numbers = (u64, u64, u64, i64, u64, u64, u64, u64, bool);

impl Queue {
    /// Its numbers now.
    pub async fn stats(&self) -> Result<QueueStats> {
        let call = self.call(&script::STATS);
        let (delayed, dead, pending, oldest, high, normal, low, ordered, paused): Numbers =
            self.bus.script("count a queue", &call).await?;
        let depth = [high, normal, low];
        Ok(QueueStats {
            depth,
            waiting: depth.iter().sum::<u64>().saturating_sub(pending),
            pending,
            delayed,
            ordered,
            dead,
            oldest_age: u64::try_from(oldest).ok().map(Duration::from_millis),
            paused,
        })
    }
}

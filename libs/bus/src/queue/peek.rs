//! Looking at jobs without taking them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_proto::job::Job;

use super::entry::{self, Fields};
use super::{Lane, Queue};
use crate::error::Result;
use crate::script;

/// Where a job of a queue can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a lane, taken or not.
    Lane(Lane),
    /// Not due yet.
    Delayed,
    /// Behind another job of its ordering key.
    Ordered,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Lane(Lane::High),
        Self::Lane(Lane::Normal),
        Self::Lane(Lane::Low),
        Self::Delayed,
        Self::Ordered,
    ];

    /// Its name: that of the lane, `delayed` or `ordered`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lane(lane) => lane.name(),
            Self::Delayed => "delayed",
            Self::Ordered => "ordered",
        }
    }

    /// The place of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }
}

/// A job as it lies in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedJob {
    /// The entry's id in its lane, else the job's.
    pub entry_id: String,
    /// The job, if it can be read.
    pub job: Option<Job>,
    /// Which attempt it is at, from 1.
    pub attempt: u32,
    /// When a delayed job is due.
    pub due: Option<DateTime<Utc>>,
    /// Who works on it.
    pub holder: Option<Holder>,
}

/// Who works on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The consumer: a replica's id.
    pub consumer: String,
    /// Since when it has not been heard of.
    pub silent_for: Duration,
}

type Shown = (String, i64, String, u64, u32, Fields);

impl Queue {
    /// What lies in one place of the queue, the oldest or the next first. Changes nothing.
    pub async fn peek(&self, place: Place, limit: usize) -> Result<Vec<QueuedJob>> {
        let mut call = self.call(&script::PEEK);
        call.arg(place.name()).arg(limit);
        let shown: Vec<Shown> = self.bus.script("look at jobs", &call).await?;
        Ok(shown.into_iter().map(|shown| self.queued(shown)).collect())
    }

    fn queued(&self, shown: Shown) -> QueuedJob {
        let (entry_id, due, consumer, silent_ms, deliveries, mut fields) = shown;
        let attempt = entry::attempt(&fields, "attempt").unwrap_or(1);
        QueuedJob {
            entry_id,
            attempt: attempt + deliveries.saturating_sub(1),
            due: (due >= 0)
                .then(|| DateTime::from_timestamp_millis(due))
                .flatten(),
            holder: (!consumer.is_empty()).then_some(Holder {
                consumer,
                silent_for: Duration::from_millis(silent_ms),
            }),
            job: entry::job(&self.name, &mut fields).ok(),
        }
    }
}

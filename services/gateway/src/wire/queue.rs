//! Task queues on the wire, as operators see and command them.

mod command;
mod job;

pub(crate) use command::{
    DiscardQuery, DrainedBody, QueueReasonBody, RebuiltBody, RebuiltList, RetriedBody,
    RetryAllBody, RetryBody,
};
pub(crate) use job::{DeadJobList, DeadQuery, JobBody, PeekQuery, QueuedJobList};

use chrono::{DateTime, Utc};
use mosaic_bus::{Pause, QueueStats};
use serde::Serialize;
use utoipa::ToSchema;

/// All task queues.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueList {
    /// By name.
    pub items: Vec<QueueBody>,
}

/// A task queue: its numbers, and whether it is paused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueBody {
    /// Its name.
    pub name: String,
    /// Entries per lane, taken or not.
    pub lanes: Lanes,
    /// Entries that nobody has taken.
    pub waiting: u64,
    /// Entries being worked on.
    pub pending: u64,
    /// Jobs to come.
    pub delayed: u64,
    /// Jobs that wait behind another one of their ordering key.
    pub ordered: u64,
    /// Jobs given up on.
    pub dead: u64,
    /// Age of the oldest entry that nobody has taken.
    pub oldest_age_ms: Option<u64>,
    /// Why it hands out no jobs; none while it does.
    pub pause: Option<PauseBody>,
}

/// Entries per lane.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lanes {
    /// Priorities 8 to 10.
    pub high: u64,
    /// Priorities 4 to 7.
    pub normal: u64,
    /// Priorities 1 to 3.
    pub low: u64,
}

/// Why a queue hands out no jobs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PauseBody {
    /// Why, in the words of who paused it; told to who runs the installation only.
    pub reason: String,
    /// Who; told to who runs the installation only.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Why a queue is paused, for those who do not run the installation.
const REASON: &str = "maintenance of the installation";
/// Who paused it, for the same.
const OPERATOR: &str = "an operator";

impl PauseBody {
    /// As it is told to who runs the installation, or to others.
    pub(crate) fn new(pause: Pause, installation: bool) -> Self {
        let (reason, by) = if installation {
            (pause.reason, pause.by)
        } else {
            (REASON.to_owned(), OPERATOR.to_owned())
        };
        Self {
            reason,
            by,
            at: pause.at,
        }
    }
}

impl QueueBody {
    /// The numbers of the queue `name`.
    #[must_use]
    pub(crate) fn new(name: String, stats: &QueueStats, pause: Option<PauseBody>) -> Self {
        let [high, normal, low] = stats.depth;
        let millis = |age: std::time::Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self {
            name,
            lanes: Lanes { high, normal, low },
            waiting: stats.waiting,
            pending: stats.pending,
            delayed: stats.delayed,
            ordered: stats.ordered,
            dead: stats.dead,
            oldest_age_ms: stats.oldest_age.map(millis),
            pause,
        }
    }
}

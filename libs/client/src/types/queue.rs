//! What the API says of task queues.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// One task queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Its name.
    pub name: String,
    /// Jobs in its lanes, taken or not, by priority.
    #[serde(default)]
    pub lanes: QueueLanes,
    /// Jobs that nobody has taken.
    #[serde(default)]
    pub waiting: u64,
    /// Jobs in work.
    #[serde(default)]
    pub pending: u64,
    /// Jobs for later.
    #[serde(default)]
    pub delayed: u64,
    /// Jobs that wait behind another one of their ordering key.
    #[serde(default)]
    pub ordered: u64,
    /// Jobs that were given up.
    #[serde(default)]
    pub dead: u64,
    /// Age of the oldest waiting job.
    #[serde(default)]
    pub oldest_age_ms: Option<u64>,
    /// Why it hands out no jobs; none while it does.
    #[serde(default)]
    pub pause: Option<QueuePause>,
}

/// Jobs in lanes by priority.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueLanes {
    /// Priorities 8 to 10.
    pub high: u64,
    /// Priorities 4 to 7.
    pub normal: u64,
    /// Priorities 1 to 3.
    pub low: u64,
}

/// Why a queue hands out no jobs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueuePause {
    /// Why, in the words of who paused it.
    pub reason: String,
    /// Who.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// 1 (whenever) to 10 (at once).
    pub priority: u8,
    /// When it was first wanted.
    pub created_at: DateTime<Utc>,
    /// Of all jobs with this key one at a time is worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordering_key: Option<String>,
    /// Of several jobs with this key only the first is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Nobody gets it earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// W3C trace context of the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What is to be done; null if it is too long to be shown.
    #[serde(default)]
    pub data: Value,
    /// The length of the data.
    #[serde(default)]
    pub data_bytes: u64,
}

/// A job as it lies in a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueuedJob {
    /// `high`, `normal`, `low`, `delayed` or `ordered`.
    pub place: String,
    /// The entry's id in its lane, else the job's.
    pub entry_id: String,
    /// Which attempt it is at, from 1.
    #[serde(default)]
    pub attempt: u32,
    /// When a delayed job is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<JobHolder>,
    /// It belongs to another workspace.
    #[serde(default)]
    pub concealed: bool,
    /// The job; none if it is concealed or cannot be read.
    #[serde(default)]
    pub job: Option<Job>,
}

/// Who works on a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobHolder {
    /// The replica's id.
    pub consumer: String,
    /// For how long it has given no sign of life.
    pub silent_ms: u64,
}

/// A job that was given up on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadJob {
    /// The entry's id among the dead letters.
    pub entry_id: String,
    /// Why it was given up on; none if it is concealed.
    #[serde(default)]
    pub reason: Option<String>,
    /// When.
    pub died_at: DateTime<Utc>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// It belongs to another workspace.
    #[serde(default)]
    pub concealed: bool,
    /// The job; none if it is concealed or cannot be read.
    #[serde(default)]
    pub job: Option<Job>,
}

/// How many dead letters were put back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Retried {
    /// So many.
    pub retried: u64,
    /// There are older ones at which nobody looked.
    #[serde(default)]
    pub more: bool,
}

/// How many jobs were moved to the dead letters.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Drained {
    /// So many.
    pub drained: u64,
}

/// What a rebuild did to a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RebuiltQueue {
    /// The queue.
    pub name: String,
    /// Entries that nobody had taken, removed.
    pub removed: u64,
    /// Jobs of record, put on the queue.
    pub pushed: u64,
    /// Jobs of record that are in work or dead, and were left there.
    pub left: u64,
}

//! Jobs: entries of task queues, and what the outbox holds until it is published.

use chrono::{DateTime, Utc};
use mosaic_domain::{JobId, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::envelope::Envelope;

/// The queue of runs to be executed; its payload is `mosaic.run.v1.RunJob`.
pub const RUNS_QUEUE: &str = "runs";

/// The queue of what is to be shown in chats; its payload is `mosaic.channel.v1.ChannelOutJob`.
pub const CHANNEL_OUT_QUEUE: &str = "channel-out";

/// The queue of summaries to be made; its payload is `mosaic.summary.v1.SummaryJob`.
pub const SUMMARIES_QUEUE: &str = "summaries";

/// The priority of a job that names none.
pub const DEFAULT_PRIORITY: u8 = 5;

/// A job for a task queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Unique; consumers are idempotent on it.
    pub id: JobId,
    /// e.g. `runs`.
    pub queue: String,
    /// Whose work it is.
    pub workspace_id: WorkspaceId,
    /// 1 (whenever) to 10 (at once).
    pub priority: u8,
    /// When it was first wanted.
    pub created_at: DateTime<Utc>,
    /// Of all jobs of a queue with this key one at a time is worked on, in the order of creation.
    pub ordering_key: Option<String>,
    /// Of several jobs of a queue with this key the first one is done and the others are absorbed, for a day and for as
    /// long as it is undone.
    pub idempotency_key: Option<String>,
    /// Nobody gets it earlier.
    pub not_before: Option<DateTime<Utc>>,
    /// W3C trace context of the cause.
    pub traceparent: Option<String>,
    /// Canonical protobuf JSON of the queue's payload message.
    pub data: String,
}

/// A payload that is not what its queue carries.
#[derive(Debug, thiserror::Error)]
#[error("job {id} on queue {queue:?} has a payload that does not fit: {reason}")]
pub struct InvalidJob {
    /// Which job.
    pub id: JobId,
    /// Its queue.
    pub queue: String,
    /// What does not fit.
    pub reason: String,
}

impl Job {
    /// Reads the payload as the message its queue carries.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, InvalidJob> {
        serde_json::from_str(&self.data).map_err(|error| self.invalid(error))
    }

    /// Says that this job's payload does not fit.
    #[must_use]
    pub fn invalid(&self, reason: impl ToString) -> InvalidJob {
        InvalidJob {
            id: self.id,
            queue: self.queue.clone(),
            reason: reason.to_string(),
        }
    }
}

/// A payload message as the text of [`Job::data`].
pub fn job_data(message: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(message)
}

/// What a transaction wants published once it has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxEntry {
    /// A job; it stays in the outbox until its effect is durable.
    Job(Job),
    /// A job that an operator set aside by draining its queue, and why: a dead letter until somebody puts it back.
    SetAside(Job, String),
    /// An event; it stays for a while after it was published.
    Event(Envelope),
}

impl OutboxEntry {
    /// The entry's id.
    #[must_use]
    pub const fn id(&self) -> JobId {
        match self {
            Self::Job(job) | Self::SetAside(job, _) => job.id,
            Self::Event(event) => event.id,
        }
    }
}

//! Jobs on the wire. What a job is about is for the operators of its workspace only.

use chrono::{DateTime, Utc};
use mosaic_bus::{DeadJob, DeadPage, Place, QueuedJob};
use mosaic_domain::WorkspaceId;
use mosaic_proto::job::{CHANNEL_OUT_QUEUE, Job};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::super::check::{Check, PAGE_MOST};
use crate::error::ApiResult;
use crate::queues::{DATA_BYTES, is_entry_id, without_chat};

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobBody {
    /// Its id.
    pub id: Uuid,
    /// 1 (whenever) to 10 (at once).
    pub priority: u8,
    /// When it was first wanted.
    pub created_at: DateTime<Utc>,
    /// Of all jobs with this key one at a time is worked on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordering_key: Option<String>,
    /// Of several jobs with this key only the first is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Nobody gets it earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// W3C trace context of the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What is to be done: JSON as the queue's contract has it. A text if it is no JSON, and null if it is longer than 64 KiB.
    /// Of `channel-out` only the channel and the delivery: a chat may be a person's account.
    #[schema(value_type = Value)]
    pub data: Value,
    /// The length of the data.
    pub data_bytes: usize,
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        let data_bytes = job.data.len();
        let data = if data_bytes > DATA_BYTES {
            Value::Null
        } else if job.queue == CHANNEL_OUT_QUEUE {
            without_chat(&job.data)
        } else {
            serde_json::from_str(&job.data).unwrap_or(Value::String(job.data))
        };
        Self {
            id: job.id.uuid(),
            priority: job.priority,
            created_at: job.created_at,
            ordering_key: job.ordering_key,
            idempotency_key: job.idempotency_key,
            not_before: job.not_before,
            traceparent: job.traceparent,
            data,
            data_bytes,
        }
    }
}

/// The job if the workspace may see it, and whether it may not.
fn shown(job: Option<Job>, workspace: WorkspaceId) -> (Option<JobBody>, bool) {
    let concealed = job
        .as_ref()
        .is_some_and(|job| job.workspace_id != workspace);
    let job = job.filter(|_| !concealed).map(JobBody::from);
    (job, concealed)
}

/// A job as it lies in a queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueuedJobBody {
    /// `high`, `normal`, `low`, `delayed`, or `ordered`: behind another one of its ordering key.
    #[schema(value_type = String)]
    pub place: &'static str,
    /// The entry's id in its lane, else the job's.
    pub entry_id: String,
    /// Which attempt it is at, from 1.
    pub attempt: u32,
    /// When a delayed job is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// Who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderBody>,
    /// It belongs to another workspace, and only its operators may see it. Shown to who runs the installation alone.
    pub concealed: bool,
    /// The job; none if it is concealed or cannot be read.
    pub job: Option<JobBody>,
}

/// Who works on a job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HolderBody {
    /// The replica's id.
    pub consumer: String,
    /// For how long it has given no sign of life.
    pub silent_ms: u64,
}

/// Jobs as they lie in a queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueuedJobList {
    /// Place after place; the oldest or the next of each first.
    pub items: Vec<QueuedJobBody>,
}

impl QueuedJobList {
    /// Adds what lies in a place, as this workspace may see it, or who runs the installation.
    pub(crate) fn extend(
        &mut self,
        place: Place,
        jobs: Vec<QueuedJob>,
        (workspace, installation): (WorkspaceId, bool),
    ) {
        let body = |queued: QueuedJob| {
            let (job, concealed) = shown(queued.job, workspace);
            let holder = queued.holder.map(|holder| HolderBody {
                consumer: holder.consumer,
                silent_ms: u64::try_from(holder.silent_for.as_millis()).unwrap_or(u64::MAX),
            });
            QueuedJobBody {
                place: place.name(),
                entry_id: queued.entry_id,
                attempt: queued.attempt,
                due: queued.due,
                holder,
                concealed,
                job,
            }
        };
        let bodies = jobs.into_iter().map(body);
        // That there are jobs of others, and when, is theirs, too.
        self.items
            .extend(bodies.filter(|one| installation || one.job.is_some()));
    }
}

/// A job that was given up on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadJobBody {
    /// The entry's id among the dead letters.
    pub entry_id: String,
    /// Why it was given up on. Why a queue was drained is told to who runs the installation only.
    pub reason: Option<String>,
    /// When.
    pub died_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: u32,
    /// It belongs to another workspace, and only its operators may see it. Shown to who runs the installation alone.
    pub concealed: bool,
    /// The job; none if it is concealed or cannot be read.
    pub job: Option<JobBody>,
}

impl DeadJobBody {
    fn new(dead: DeadJob, workspace: WorkspaceId, installation: bool) -> Self {
        let (job, concealed) = shown(dead.job, workspace);
        let told = !concealed && (installation || !dead.drained);
        Self {
            entry_id: dead.entry_id,
            reason: Some(dead.reason).filter(|_| told),
            died_at: dead.time,
            attempts: dead.attempts,
            concealed,
            job,
        }
    }
}

/// A page of dead letters.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadJobList {
    /// The newest first.
    pub items: Vec<DeadJobBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl DeadJobList {
    /// The page as this workspace may see it, or who runs the installation.
    pub(crate) fn new(page: DeadPage, workspace: WorkspaceId, installation: bool) -> Self {
        let body = |dead| DeadJobBody::new(dead, workspace, installation);
        Self {
            items: page
                .items
                .into_iter()
                .map(body)
                // That others have dead letters, and since when, is theirs, too.
                .filter(|one| installation || one.job.is_some())
                .collect(),
            next_cursor: page.next,
        }
    }
}

/// Which jobs of a queue.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct PeekQuery {
    /// Only this place: `high`, `normal`, `low`, `delayed` or `ordered`. All of them, in this order, unless said.
    pub lane: Option<String>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl PeekQuery {
    /// Checks it: the places, and how many jobs.
    pub(crate) fn into_places(self) -> ApiResult<(Vec<Place>, usize)> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        let places = match self.lane {
            None => Place::ALL.to_vec(),
            Some(name) => Place::named(&name).into_iter().collect(),
        };
        if places.is_empty() {
            check.fault("lane", "is none of high, normal, low, delayed and ordered");
        }
        check.done()?;
        Ok((
            places,
            usize::try_from(limit.min(PAGE_MOST)).unwrap_or_default(),
        ))
    }
}

/// Which dead letters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadQuery {
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

impl DeadQuery {
    /// Checks it: the entry before which the page begins, and its length.
    pub(crate) fn into_page(self) -> ApiResult<(Option<String>, usize)> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        if self.cursor.as_deref().is_some_and(|id| !is_entry_id(id)) {
            check.fault("cursor", "is not the `nextCursor` of a page");
        }
        check.done()?;
        Ok((self.cursor, usize::try_from(limit).unwrap_or_default()))
    }
}

//! Commands to runs and workers, and who gave them, on the wire.

use chrono::{DateTime, Utc};
use mosaic_domain::{InstanceId, RunId, RunState, UserId};
use mosaic_storage::{RunEntry, RunFilter, Worker};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::{Check, KEY_CHARS, REASON_CHARS};
use super::run::{RequestName, UsageBody};
use crate::error::ApiResult;

/// A run as those see it who may command it: where it stands and whose it is, and nothing of what is said in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunEntryBody {
    /// Its id.
    pub id: Uuid,
    /// The conversation it answers in.
    pub conversation_id: Uuid,
    /// The agent that answers.
    pub agent: String,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// `queued`, `running`, `paused`, `completed`, `failed`, `cancelled` or `killed`.
    #[schema(value_type = String)]
    pub state: RunState,
    /// What its worker was asked to do and has not done yet.
    pub requested: Option<RequestName>,
    /// Why it is paused, or is to be.
    pub pause_reason: Option<String>,
    /// Whose it is.
    pub owner: OwnerBody,
    /// The worker that holds it.
    pub worker: Option<Uuid>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed, machine-readable.
    pub end_code: Option<String>,
    /// Why it ended, for people.
    pub end_reason: Option<String>,
    /// Tokens of all recorded steps.
    pub usage: UsageBody,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnerBody {
    /// Their id.
    pub id: Uuid,
    /// What they are called.
    pub name: String,
}

/// What is said to others about a run that a provider failed: its words may repeat what the owner said.
const PROVIDER_FAILED: &str =
    "The provider of the model failed. Whoever owns the run reads there what it said.";
/// What is said to others about everything else that may repeat it.
const FAILED: &str = "The run failed. Whoever owns it reads there why.";
/// Failures that are told in words of the platform's own, with nothing of the run in them.
const TOLD_TO_ALL: [&str; 8] = [
    "crash_loop",
    "internal",
    "job_dead",
    "job_discarded",
    "record_refused",
    "run_timeout",
    "step_limit",
    "unclaimed",
];

/// Why a run ended, as this reader may know it. What has no code was ended by somebody, who said why.
fn end_reason(code: Option<&str>, reason: Option<String>, is_owner: bool) -> Option<String> {
    match code {
        Some(code) if !is_owner && !TOLD_TO_ALL.contains(&code) => {
            let provider = code.starts_with("provider_");
            Some(if provider { PROVIDER_FAILED } else { FAILED }.to_owned())
        }
        _ => reason,
    }
}

impl RunEntryBody {
    /// The run as `reader` may see it.
    pub(crate) fn seen_by(reader: UserId, entry: RunEntry) -> Self {
        let RunEntry {
            run,
            owner_id,
            owner,
        } = entry;
        Self {
            id: run.id.uuid(),
            conversation_id: run.conversation_id.uuid(),
            requested: RequestName::of(&run),
            agent: run.agent,
            model: run.model,
            state: run.state,
            pause_reason: run.pause_reason,
            owner: OwnerBody {
                id: owner_id.uuid(),
                name: owner,
            },
            worker: run
                .worker_id
                .filter(|_| run.state == RunState::Running)
                .map(InstanceId::uuid),
            created_at: run.created_at,
            started_at: run.started_at,
            ended_at: run.ended_at,
            end_reason: end_reason(run.end_code.as_deref(), run.end_reason, reader == owner_id),
            end_code: run.end_code,
            usage: run.usage.into(),
        }
    }
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunEntryList {
    /// The newest first.
    pub items: Vec<RunEntryBody>,
    /// Where the list goes on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Whose runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KillScope {
    /// The caller's own.
    #[default]
    Mine,
    /// Everybody's in the workspace; for owners and admins.
    Workspace,
}

/// Which runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// Whose; the caller's own unless said. `workspace` is for owners and admins.
    #[serde(default)]
    #[param(inline)]
    pub scope: KillScope,
    /// Only those that stand like this: a state, `active` (queued, running or paused) or `ended`.
    pub state: Option<String>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

impl RunQuery {
    /// Checks it.
    pub(crate) fn into_filter(self) -> ApiResult<RunFilter> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        let states = match self.state.as_deref().map(states) {
            None => Vec::new(),
            Some(Some(states)) => states,
            Some(None) => {
                check.fault("state", "is no state of a run, nor `active` or `ended`");
                Vec::new()
            }
        };
        let before = self.cursor.and_then(|text| {
            let before: Option<RunId> = text.parse().ok();
            if before.is_none() {
                check.fault("cursor", "is not the `nextCursor` of a page");
            }
            before
        });
        check.done()?;
        Ok(RunFilter {
            states,
            before,
            limit,
        })
    }
}

fn states(text: &str) -> Option<Vec<RunState>> {
    Some(match text {
        "active" => vec![RunState::Queued, RunState::Running, RunState::Paused],
        "ended" => vec![
            RunState::Completed,
            RunState::Failed,
            RunState::Cancelled,
            RunState::Killed,
        ],
        state => vec![state.parse().ok()?],
    })
}

/// Why something is done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ReasonBody {
    /// Shown to everyone who watches.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

impl ReasonBody {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<Option<String>> {
        let mut check = Check::default();
        check.optional("reason", self.reason.as_deref(), REASON_CHARS);
        check.done()?;
        Ok(self.reason)
    }
}

/// Why a run is ended by force, or a worker drained.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct KillBody {
    /// Shown to everyone who watches, and written down.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl KillBody {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<String> {
        check_reason(self.reason)
    }
}

/// Which runs are ended by force, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct KillAllBody {
    /// Shown to everyone who watches, and written down.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Whose; the caller's own unless said.
    #[serde(default)]
    pub scope: KillScope,
}

impl KillAllBody {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<String> {
        check_reason(self.reason)
    }
}

fn check_reason(reason: String) -> ApiResult<String> {
    let mut check = Check::default();
    check.text("reason", &reason, REASON_CHARS);
    check.done()?;
    Ok(reason)
}

/// How many runs were ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KilledBody {
    /// Those that had not ended before.
    pub killed: u32,
}

/// A message that joins a run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct InjectBody {
    /// The text.
    #[schema(min_length = 1)]
    pub content: String,
    /// Chosen by the sender: the same key in the same conversation stores one message, however often it is sent.
    #[schema(min_length = 1, max_length = 200)]
    pub idempotency_key: Option<String>,
}

impl InjectBody {
    /// Checks it.
    pub(crate) fn check(&self, most: usize) -> ApiResult<()> {
        let mut check = Check::default();
        check.text("content", &self.content, most);
        check.optional("idempotencyKey", self.idempotency_key.as_deref(), KEY_CHARS);
        check.done()
    }
}

/// A running worker.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkerBody {
    /// The replica.
    pub id: Uuid,
    /// Version of its build.
    pub version: String,
    /// When it registered.
    pub started_at: DateTime<Utc>,
    /// When it was last heard of.
    pub heartbeat_at: DateTime<Utc>,
    /// How many runs it takes at once, once it has said so.
    pub capacity: Option<u32>,
    /// Runs that it holds.
    pub running: u32,
    /// Whether it takes no more.
    pub draining: bool,
    /// Why; told to who runs the installation only.
    pub drain_reason: Option<String>,
}

impl WorkerBody {
    /// As it is told to who runs the installation, or to others.
    pub(crate) fn new(worker: Worker, installation: bool) -> Self {
        Self {
            id: worker.id.uuid(),
            version: worker.version,
            started_at: worker.started_at,
            heartbeat_at: worker.heartbeat_at,
            capacity: worker.capacity,
            running: worker.running,
            draining: worker.drain_reason.is_some(),
            drain_reason: worker.drain_reason.filter(|_| installation),
        }
    }
}

/// The running workers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkerList {
    /// The longest running first.
    pub items: Vec<WorkerBody>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_may_repeat_the_run_are_for_its_owner_alone() {
        let said = || Some("local: my secret prompt is too long".to_owned());
        let told = |code, is_owner| end_reason(Some(code), said(), is_owner).unwrap_or_default();
        assert!(told("provider_bad_request", true).contains("secret"));
        assert_eq!(told("provider_bad_request", false), PROVIDER_FAILED);
        for code in TOLD_TO_ALL {
            assert!(told(code, false).contains("secret"), "{code}");
        }
        // Recorded when its words quoted the step, and what a later version may record.
        for code in ["unreadable_step", "of_a_later_version"] {
            assert_eq!(told(code, false), FAILED);
            assert!(told(code, true).contains("secret"));
        }
    }
}

//! What the API says of runs to those who command them, of workers, and of who commanded what.

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, InstanceId, RunId, RunState, UserId};
use serde::{Deserialize, Serialize};

use crate::Usage;

/// What a worker was asked to do with its run and has not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Requested {
    /// End it with what it has said so far.
    Stop,
    /// Halt it after the step in hand.
    Pause,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// A run as those see it who may command it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunEntry {
    /// Its id.
    pub id: RunId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The agent that answers.
    #[serde(default)]
    pub agent: Option<String>,
    /// `provider/model`, where one was chosen.
    #[serde(default)]
    pub model: Option<String>,
    /// Where it stands.
    pub state: RunState,
    /// What its worker was asked to do and has not done yet.
    #[serde(default)]
    pub requested: Option<Requested>,
    /// Why it is paused, or is to be.
    #[serde(default)]
    pub pause_reason: Option<String>,
    /// Whose it is.
    pub owner: Owner,
    /// The worker that holds it.
    #[serde(default)]
    pub worker: Option<InstanceId>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    #[serde(default)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed, for machines.
    #[serde(default)]
    pub end_code: Option<String>,
    /// Why it ended, for people.
    #[serde(default)]
    pub end_reason: Option<String>,
    /// Tokens of all steps.
    #[serde(default)]
    pub usage: Usage,
}

/// Whose a run is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Owner {
    /// Their id.
    pub id: UserId,
    /// What they are called.
    #[serde(default)]
    pub name: String,
}

/// Whose runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RunScope {
    /// One's own.
    #[default]
    Mine,
    /// Everybody's in the workspace; for owners and admins.
    Workspace,
}

impl RunScope {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Workspace => "workspace",
        }
    }
}

/// Which runs.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// Whose.
    pub scope: RunScope,
    /// Only those that stand like this: a state, `active` or `ended`.
    pub state: Option<String>,
    /// How many at the most.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// How many runs were ended by force.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Killed {
    /// Those that had not ended before.
    pub killed: u32,
}

/// One running worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// The replica.
    pub id: InstanceId,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it was last heard.
    pub heartbeat_at: DateTime<Utc>,
    /// How many runs it takes at once.
    #[serde(default)]
    pub capacity: Option<u32>,
    /// Runs that it holds.
    #[serde(default)]
    pub running: u32,
    /// Whether it takes no more.
    #[serde(default)]
    pub draining: bool,
    /// Why.
    #[serde(default)]
    pub drain_reason: Option<String>,
}

/// Something that somebody did, or tried to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Later entries have higher numbers.
    pub id: i64,
    /// The person.
    #[serde(default)]
    pub actor_id: Option<UserId>,
    /// What they were called.
    pub actor: String,
    /// What they did, e.g. `run.kill`.
    pub action: String,
    /// Kind of what they did it to.
    pub target_type: String,
    /// Its id or name.
    pub target_id: String,
    /// Why, as they said.
    #[serde(default)]
    pub reason: Option<String>,
    /// How it went.
    pub outcome: String,
    /// From where.
    #[serde(default)]
    pub address: Option<String>,
    /// When, or when first.
    pub at: DateTime<Utc>,
    /// How often: refusals of a minute that are alike are one entry.
    #[serde(default = "once")]
    pub repeated: u64,
    /// When last, if it was more than once.
    #[serde(default)]
    pub last_at: Option<DateTime<Utc>>,
}

const fn once() -> u64 {
    1
}

/// Which entries of the audit log.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// How many at the most.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Only this action, or those that begin like it where it ends in `*`.
    pub action: Option<String>,
    /// Only what this person did: their id or their name.
    pub actor: Option<String>,
    /// Only what went like this.
    pub outcome: Option<String>,
    /// Only from then on.
    pub since: Option<DateTime<Utc>>,
    /// Only before then.
    pub until: Option<DateTime<Utc>>,
}

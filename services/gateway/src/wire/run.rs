//! Runs on the wire.

use chrono::{DateTime, Utc};
use mosaic_domain::{MessageId, RunState, Usage};
use mosaic_storage::Run;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::{Check, REASON_CHARS};
use crate::error::ApiResult;

/// One turn of the agent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunBody {
    /// Its id.
    pub id: Uuid,
    /// The conversation it answers in.
    pub conversation_id: Uuid,
    /// Position among the runs of the conversation, from 1.
    pub ordinal: u32,
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
    /// Why it failed, machine-readable.
    pub end_code: Option<String>,
    /// Why it ended, for people.
    pub end_reason: Option<String>,
    /// The stored answer.
    pub output_message_id: Option<Uuid>,
    /// Tokens of all recorded steps.
    pub usage: UsageBody,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a worker was asked to do with its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RequestName {
    /// End it with what it has said so far.
    Stop,
    /// Halt it after the step in hand.
    Pause,
}

impl RequestName {
    /// What was asked of the worker that holds this run.
    pub(crate) fn of(run: &Run) -> Option<Self> {
        if run.state != RunState::Running {
            return None;
        }
        if run.cancel_reason.is_some() {
            return Some(Self::Stop);
        }
        run.pause_reason.is_some().then_some(Self::Pause)
    }
}

/// Tokens that model calls used.
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageBody {
    /// Read, cached ones included.
    pub input_tokens: u32,
    /// Written.
    pub output_tokens: u32,
    /// Of the input, read from the provider's cache.
    pub cache_read_tokens: u32,
    /// Written to the provider's cache.
    pub cache_write_tokens: u32,
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cache_read_tokens: usage.cache_read_tokens,
            cache_write_tokens: usage.cache_write_tokens,
        }
    }
}

impl From<Run> for RunBody {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.uuid(),
            conversation_id: run.conversation_id.uuid(),
            ordinal: run.ordinal,
            requested: RequestName::of(&run),
            agent: run.agent,
            model: run.model,
            pause_reason: run.pause_reason,
            state: run.state,
            end_code: run.end_code,
            end_reason: run.end_reason,
            output_message_id: run.output_message_id.map(MessageId::uuid),
            usage: run.usage.into(),
            created_at: run.created_at,
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// The newest runs of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunList {
    /// The newest first.
    pub items: Vec<RunBody>,
}

/// How many.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct LimitQuery {
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl LimitQuery {
    /// Checks it.
    pub(crate) fn into_limit(self) -> ApiResult<u32> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        check.done()?;
        Ok(limit)
    }
}

/// Where a stream begins, for clients that cannot send the header `Last-Event-ID`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct WatchQuery {
    /// The `id` of the last event that was received; the header wins.
    pub last_event_id: Option<String>,
}

/// Why a run is to be stopped.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct StopBody {
    /// Shown to everyone who watches.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

impl StopBody {
    /// Checks it.
    pub(crate) fn into_reason(self) -> ApiResult<Option<String>> {
        let mut check = Check::default();
        check.optional("reason", self.reason.as_deref(), REASON_CHARS);
        check.done()?;
        Ok(self.reason)
    }
}

/// What became of a request to stop a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StopState {
    /// Its worker was told and will end it.
    Stopping,
    /// It was stopped, now or before.
    Cancelled,
    /// It had been answered before.
    Completed,
    /// It had failed before.
    Failed,
    /// It had been ended by force before.
    Killed,
}

impl From<RunState> for StopState {
    fn from(state: RunState) -> Self {
        match state {
            RunState::Queued | RunState::Running | RunState::Paused => Self::Stopping,
            RunState::Completed => Self::Completed,
            RunState::Failed => Self::Failed,
            RunState::Cancelled => Self::Cancelled,
            RunState::Killed => Self::Killed,
        }
    }
}

/// The answer to a request to stop a run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoppedBody {
    /// The run.
    pub run_id: Uuid,
    /// What became of the request.
    pub state: StopState,
}

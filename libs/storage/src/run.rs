//! Reading runs.

mod list;

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, InstanceId, MessageId, RunId, RunState, Scope, Usage};

pub use list::{RunEntry, RunFilter};

use crate::log::unsigned;
use crate::{Error, Storage};

/// A run as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The conversation it answers in.
    pub conversation_id: ConversationId,
    /// Position among the runs of the conversation, from 1.
    pub ordinal: u32,
    /// The agent that answers.
    pub agent: String,
    /// Where it stands.
    pub state: RunState,
    /// Number of the newest claim.
    pub epoch: u32,
    /// `provider/model`, where one was chosen.
    pub model: Option<String>,
    /// Why it is to be stopped, once somebody asked for that.
    pub cancel_reason: Option<String>,
    /// Why it is paused, or to be paused.
    pub pause_reason: Option<String>,
    /// The worker that holds it, or that held it last.
    pub worker_id: Option<InstanceId>,
    /// Why it ended, machine-readable; only for failed runs.
    pub end_code: Option<String>,
    /// Why it ended, for people.
    pub end_reason: Option<String>,
    /// The stored answer.
    pub output_message_id: Option<MessageId>,
    /// Tokens of all recorded steps.
    pub usage: Usage,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it was first claimed.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

macro_rules! runs {
    ($filter:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            "SELECT id, conversation_id, ordinal, agent, state, epoch, model,
                    cancel_reason, pause_reason, worker_id, end_code, end_reason,
                    output_message_id, input_tokens, output_tokens, cache_read_tokens,
                    cache_write_tokens, created_at, started_at, ended_at
             FROM runs
             WHERE workspace_id = $1 AND owner_id = $2 AND " + $filter,
            $($argument),+
        )
    };
}

impl Storage {
    /// One run, if it is theirs.
    pub async fn run(&self, scope: Scope, id: RunId) -> Result<Option<Run>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let row = runs!(
            "id = $3",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            id.uuid()
        )
        .fetch_optional(&mut *tx)
        .await?;
        row.map(Run::try_from).transpose()
    }

    /// The newest runs of a conversation of theirs, newest first.
    pub async fn runs(
        &self,
        scope: Scope,
        conversation_id: ConversationId,
        limit: u32,
    ) -> Result<Vec<Run>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let rows = runs!(
            "conversation_id = $3 ORDER BY ordinal DESC LIMIT $4",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            conversation_id.uuid(),
            i64::from(limit),
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter().map(Run::try_from).collect()
    }

    /// The run that follows `ordinal` in a conversation of theirs: where a watcher goes on.
    pub async fn run_after(
        &self,
        scope: Scope,
        conversation_id: ConversationId,
        ordinal: u32,
    ) -> Result<Option<Run>, Error> {
        let mut tx = self.scoped(&scope).read().await?;
        let row = runs!(
            "conversation_id = $3 AND ordinal > $4 ORDER BY ordinal LIMIT 1",
            scope.workspace_id.uuid(),
            scope.user_id.uuid(),
            conversation_id.uuid(),
            crate::log::signed(ordinal),
        )
        .fetch_optional(&mut *tx)
        .await?;
        row.map(Run::try_from).transpose()
    }
}

struct Row {
    id: uuid::Uuid,
    conversation_id: uuid::Uuid,
    ordinal: i32,
    agent: String,
    state: String,
    epoch: i32,
    model: Option<String>,
    cancel_reason: Option<String>,
    pause_reason: Option<String>,
    worker_id: Option<uuid::Uuid>,
    end_code: Option<String>,
    end_reason: Option<String>,
    output_message_id: Option<uuid::Uuid>,
    input_tokens: i64,
    output_tokens: i64,
    cache_read_tokens: i64,
    cache_write_tokens: i64,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Run {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: RunId::new(row.id),
            conversation_id: ConversationId::new(row.conversation_id),
            ordinal: unsigned(row.ordinal),
            agent: row.agent,
            state: row
                .state
                .parse()
                .map_err(|error| Error::corrupt("runs", "state", row.id, error))?,
            epoch: unsigned(row.epoch),
            model: row.model,
            cancel_reason: row.cancel_reason,
            pause_reason: row.pause_reason,
            worker_id: row.worker_id.map(InstanceId::new),
            end_code: row.end_code,
            end_reason: row.end_reason,
            output_message_id: row.output_message_id.map(MessageId::new),
            usage: Usage {
                input_tokens: tokens(row.input_tokens),
                output_tokens: tokens(row.output_tokens),
                cache_read_tokens: tokens(row.cache_read_tokens),
                cache_write_tokens: tokens(row.cache_write_tokens),
            },
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        })
    }
}

fn tokens(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(u32::MAX)
}

//! What the API's answers look like.

use chrono::{DateTime, Utc};
use mosaic_domain::{
    ConversationId, Delivery, MessageId, Role, RunId, RunState, UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Usage;

/// A list that comes in pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// This page.
    pub items: Vec<T>,
    /// Asks for the next page; none on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A list that comes as a whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Items<T> {
    /// The list.
    pub items: Vec<T>,
}

/// What a new conversation is made with.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewConversation {
    /// A title; the first message names it otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The agent that answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Its title, where it has one.
    #[serde(default)]
    pub title: Option<String>,
    /// The agent that answers.
    #[serde(default)]
    pub agent: Option<String>,
    /// The model, where one was chosen.
    #[serde(default)]
    pub model: Option<String>,
    /// The run that is queued or running.
    #[serde(default)]
    pub active_run_id: Option<RunId>,
    /// How many messages it has.
    #[serde(default)]
    pub message_count: i64,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When something last happened in it.
    pub updated_at: DateTime<Utc>,
}

/// A stored message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it stands.
    pub conversation_id: ConversationId,
    /// Position in the conversation, from 1.
    pub seq: i64,
    /// Who speaks.
    pub role: Role,
    /// The text.
    pub content: String,
    /// The run that answers it or that wrote it.
    #[serde(default)]
    pub run_id: Option<RunId>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// A message to be sent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    /// The text.
    pub content: String,
    /// What happens when a run is active.
    pub delivery: Delivery,
    /// Sending again under the same key does not send twice.
    pub idempotency_key: String,
}

impl NewMessage {
    /// A message under a key of its own.
    #[must_use]
    pub fn new(content: impl Into<String>, delivery: Delivery) -> Self {
        Self {
            content: content.into(),
            delivery,
            idempotency_key: uuid::Uuid::new_v4().to_string(),
        }
    }
}

/// What became of a sent message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// A run was queued for it.
    Queued,
    /// It joined the running turn.
    Joined,
    /// It waits for the running turn to end.
    Waiting,
    /// It had been sent before under the same key.
    Repeated,
    /// Something that this client does not know.
    #[serde(other)]
    Unknown,
}

/// The acknowledgement of a message: it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The stored message.
    pub message_id: MessageId,
    /// The run that answers it.
    pub run_id: RunId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Position in the conversation.
    pub seq: i64,
    /// What became of it.
    pub acceptance: Acceptance,
}

/// One turn of the agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its number within the conversation, from 1.
    #[serde(default)]
    pub ordinal: i64,
    /// The agent that answers.
    #[serde(default)]
    pub agent: Option<String>,
    /// Where it stands.
    pub state: RunState,
    /// Why it ended, for machines.
    #[serde(default)]
    pub end_code: Option<String>,
    /// Why it ended, for people.
    #[serde(default)]
    pub end_reason: Option<String>,
    /// The answer.
    #[serde(default)]
    pub output_message_id: Option<MessageId>,
    /// Tokens of all steps.
    #[serde(default)]
    pub usage: Usage,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    #[serde(default)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<DateTime<Utc>>,
}

/// What stopping a run did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stopped {
    /// `stopping`, or the terminal state it has.
    pub state: String,
}

/// Who the token belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The person.
    pub user_id: UserId,
    /// The workspace they act in.
    pub workspace_id: WorkspaceId,
    /// Their name.
    #[serde(default)]
    pub name: Option<String>,
    /// Their role there.
    #[serde(default)]
    pub role: Option<String>,
}

/// One task queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Its name.
    pub name: String,
    /// Jobs that nobody has taken, by priority.
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
    /// Jobs that were given up.
    #[serde(default)]
    pub dead: u64,
    /// Age of the oldest waiting job.
    #[serde(default)]
    pub oldest_age_ms: Option<u64>,
}

/// Waiting jobs by priority.
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

/// What runs and how it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct System {
    /// Version of the gateway.
    pub version: String,
    /// What the gateway depends on.
    #[serde(default)]
    pub components: Vec<Component>,
    /// The replicas that are registered.
    #[serde(default)]
    pub instances: Vec<Instance>,
    /// The model providers.
    #[serde(default)]
    pub providers: Vec<Provider>,
}

/// One thing that the gateway depends on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Everything else that is said about it.
    #[serde(flatten)]
    pub state: Map<String, Value>,
}

/// One running replica of a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// The service.
    pub service: String,
    /// The replica.
    pub id: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// Where peers reach it.
    #[serde(default)]
    pub grpc_address: Option<String>,
    /// Its probes and metrics.
    #[serde(default)]
    pub admin_address: Option<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it was last heard.
    pub heartbeat_at: DateTime<Utc>,
}

/// One model provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its configured name.
    pub name: String,
    /// The protocol.
    pub kind: String,
    /// The model that is asked when nothing else is said.
    #[serde(default)]
    pub model: Option<String>,
    /// Whether it can be used; none when it was not tried.
    #[serde(default)]
    pub ok: Option<bool>,
    /// What is wrong or worth knowing.
    #[serde(default)]
    pub detail: Option<String>,
}

/// An event of the bus with its `CloudEvents` attributes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BusEvent {
    /// Unique.
    pub id: String,
    /// e.g. `message.created`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service that published it.
    #[serde(default)]
    pub source: String,
    /// What it is about.
    #[serde(default)]
    pub subject: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The payload.
    #[serde(default)]
    pub data: Value,
    /// The remaining attributes.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
}

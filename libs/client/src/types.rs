//! What the API's answers look like.

mod account;
mod channel;
mod choice;
mod control;
mod memory;
mod operation;
mod queue;
mod summary;
mod tenancy;
mod user;

use chrono::{DateTime, Utc};
use mosaic_domain::{ConversationId, Delivery, MessageId, Role, RunId, RunState};
use serde::{Deserialize, Serialize};

use crate::Usage;
pub use account::{
    Approved, FirstAccount, Identity, LoginProvider, LoginRequest, LoginStatus, MadeSetup,
    MadeToken, Me, NewAccount, NewToken, PasswordChange, PasswordLogin, Session, SignedOut, Token,
};
pub use channel::{Channel, ChannelLink, ChannelMapping, LinkCode};
pub use choice::{Agent, ConversationChange, Model};
pub use control::{
    AuditEntry, AuditQuery, Killed, Owner, Requested, RunEntry, RunQuery, RunScope, Worker,
};
pub use memory::{Forgotten, FoundMemory, MemoriesFound, Memory, MemorySearch, ScoreExplanation};
pub use operation::{BusEvent, Component, Instance, Provider, System};
pub use queue::{
    DeadJob, Drained, Job, JobHolder, QueueLanes, QueuePause, QueueStatus, QueuedJob, RebuiltQueue,
    Retried,
};
pub use summary::{Summary, SummaryWanted};
pub use tenancy::{
    Acceptor, Invitation, InvitationLook, MadeInvitation, Member, MemberTeam, NewInvitation, Team,
    TeamMember, Workspace,
};
pub use user::{MadeUser, NewUser, Owns, PasswordLink, User, UserQuery, UserWorkspace};

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

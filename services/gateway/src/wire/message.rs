//! Messages on the wire.

use chrono::{DateTime, Utc};
use mosaic_domain::{Delivery, Message, Role, RunId};
use mosaic_storage::{Acceptance, MessagePage, Sent};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::check::Check;
use crate::error::ApiResult;

/// A stored message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageBody {
    /// Its id.
    pub id: Uuid,
    /// The conversation it belongs to.
    pub conversation_id: Uuid,
    /// Position in the conversation, from 1.
    pub seq: i64,
    /// Who speaks: `user` or `assistant`.
    #[schema(value_type = String)]
    pub role: Role,
    /// The text, Markdown allowed.
    pub content: String,
    /// The run that answers it, or that wrote it.
    pub run_id: Option<Uuid>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        Self {
            id: message.id.uuid(),
            conversation_id: message.conversation_id.uuid(),
            seq: message.seq,
            role: message.role,
            content: message.content,
            run_id: message.run_id.map(RunId::uuid),
            created_at: message.created_at,
        }
    }
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageList {
    /// In the order in which they were said.
    pub items: Vec<MessageBody>,
}

/// Which part of a conversation's messages: the newest unless said.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// Those just before this `seq`.
    pub before: Option<i64>,
    /// Those just after this `seq`.
    pub after: Option<i64>,
    /// How many at the most, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl MessageQuery {
    /// Checks it.
    pub(crate) fn into_page(self) -> ApiResult<(MessagePage, u32)> {
        let mut check = Check::default();
        let limit = check.limit(self.limit);
        let page = match (self.before, self.after) {
            (None, None) => MessagePage::Newest,
            (Some(seq), None) => MessagePage::Before(seq),
            (None, Some(seq)) => MessagePage::After(seq),
            (Some(_), Some(_)) => {
                check.fault("after", "cannot be combined with `before`");
                MessagePage::Newest
            }
        };
        check.done()?;
        Ok((page, limit))
    }
}

/// What happens to a message that is sent while a run of the conversation is active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryName {
    /// It joins the running turn.
    #[default]
    Steer,
    /// It waits and gets a run of its own.
    Wait,
}

impl From<DeliveryName> for Delivery {
    fn from(name: DeliveryName) -> Self {
        match name {
            DeliveryName::Steer => Self::Steer,
            DeliveryName::Wait => Self::Wait,
        }
    }
}

/// A message to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewMessageBody {
    /// The text.
    #[schema(min_length = 1)]
    pub content: String,
    /// What to do while a run is active; it steers unless said.
    #[serde(default)]
    pub delivery: DeliveryName,
    /// Chosen by the sender: the same key in the same conversation stores one message, however often it is sent.
    #[schema(min_length = 1, max_length = 200)]
    pub idempotency_key: Option<String>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AcceptanceName {
    /// It has a run of its own, which is queued.
    Queued,
    /// It joined the active run.
    Joined,
    /// It has a run of its own, which waits for the active one to end.
    Waiting,
    /// It had been stored before, under the same idempotency key.
    Repeated,
}

impl From<Acceptance> for AcceptanceName {
    fn from(acceptance: Acceptance) -> Self {
        match acceptance {
            Acceptance::Queued => Self::Queued,
            Acceptance::Joined => Self::Joined,
            Acceptance::Waiting => Self::Waiting,
            Acceptance::Repeated => Self::Repeated,
        }
    }
}

/// The acknowledgement of a message: it is stored and will be answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcceptedBody {
    /// Always `run.accepted`.
    #[schema(value_type = String)]
    pub r#type: &'static str,
    /// The stored message.
    pub message_id: Uuid,
    /// The run that answers it.
    pub run_id: Uuid,
    /// Where it was said.
    pub conversation_id: Uuid,
    /// Position in the conversation, from 1.
    pub seq: i64,
    /// What became of it.
    pub acceptance: AcceptanceName,
    /// Where the run's events are.
    pub events: String,
}

impl From<&Sent> for AcceptedBody {
    fn from(sent: &Sent) -> Self {
        Self {
            r#type: "run.accepted",
            message_id: sent.message.id.uuid(),
            run_id: sent.run_id.uuid(),
            conversation_id: sent.message.conversation_id.uuid(),
            seq: sent.message.seq,
            acceptance: sent.acceptance.into(),
            events: format!("/api/runs/{}/events", sent.run_id),
        }
    }
}

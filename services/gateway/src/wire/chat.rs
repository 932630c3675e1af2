//! The frames of the WebSocket.

use mosaic_error::Problem;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::{AcceptanceName, AcceptedBody, DeliveryName};
use super::run::StopState;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum ClientFrame {
    /// Proves who it is, where headers cannot be sent; must come first.
    Auth {
        /// The API token.
        token: SecretString,
    },
    /// Sends a message and watches its conversation.
    Message {
        /// Where; a new conversation unless said.
        conversation_id: Option<Uuid>,
        /// The text.
        content: String,
        /// What to do while a run is active.
        #[serde(default)]
        delivery: DeliveryName,
        /// The same key stores one message.
        idempotency_key: Option<String>,
        /// Comes back with the acknowledgement.
        r#ref: Option<String>,
    },
    /// Watches a conversation.
    Watch {
        /// Which.
        conversation_id: Uuid,
        /// The `id` of the last event that was received.
        last_event_id: Option<String>,
        /// Comes back if it fails.
        r#ref: Option<String>,
    },
    /// Watches it no more.
    Unwatch {
        /// Which.
        conversation_id: Uuid,
    },
    /// Stops a run.
    Stop {
        /// Which.
        run_id: Uuid,
        /// Shown to everyone who watches.
        reason: Option<String>,
        /// Comes back with the answer.
        r#ref: Option<String>,
    },
    /// Asks for a sign of life.
    Ping,
}

/// What the gateway says besides events.
#[derive(Debug, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum ServerFrame {
    /// The caller is known; the socket can be used.
    Ready {
        /// The person.
        user_id: Uuid,
        /// Their workspace.
        workspace_id: Uuid,
        /// Version of the gateway.
        version: &'static str,
    },
    /// A message is stored and will be answered.
    Ack {
        /// As the message had it.
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<String>,
        /// The stored message.
        message_id: Uuid,
        /// The run that answers it.
        run_id: Uuid,
        /// Where it was said.
        conversation_id: Uuid,
        /// Position in the conversation.
        seq: i64,
        /// What became of it.
        acceptance: AcceptanceName,
    },
    /// A run was asked to stop.
    Stopped {
        /// As the request had it.
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<String>,
        /// The run.
        run_id: Uuid,
        /// What became of the request.
        state: StopState,
    },
    /// A conversation is watched no more because it is gone.
    Closed {
        /// Which.
        conversation_id: Uuid,
    },
    /// Something did not work; the socket goes on unless it closes.
    Error {
        /// As the frame that failed had it.
        #[serde(skip_serializing_if = "Option::is_none")]
        r#ref: Option<String>,
        /// What and what to do.
        problem: Box<Problem>,
    },
    /// A sign of life.
    Pong,
}

impl ServerFrame {
    /// The acknowledgement of a message.
    #[must_use]
    pub(crate) fn ack(r#ref: Option<String>, accepted: &AcceptedBody) -> Self {
        Self::Ack {
            r#ref,
            message_id: accepted.message_id,
            run_id: accepted.run_id,
            conversation_id: accepted.conversation_id,
            seq: accepted.seq,
            acceptance: accepted.acceptance,
        }
    }
}

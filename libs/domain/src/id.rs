//! Identifiers: one newtype per noun around a `UUIDv7`, so that ids of different things cannot be mixed
//! and ids of one kind sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that should have been an id but is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{noun} id {value:?} is not a UUID")]
pub struct InvalidId {
    /// What the id would have named, e.g. `run`.
    pub noun: &'static str,
    /// The text as it came, cut to 64 characters.
    pub value: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $noun:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID made elsewhere (`UUIDv7` from the id source of the caller).
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself, for storage and wire.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId {
                    noun: $noun,
                    value: text.chars().take(64).collect(),
                })
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    };
}

id!(
    /// A tenant.
    WorkspaceId,
    "workspace"
);
id!(
    /// A person.
    UserId,
    "user"
);
id!(
    /// A personal API token.
    TokenId,
    "token"
);
id!(
    /// The cookie of one browser, in which somebody is signed in.
    SessionId,
    "session"
);
id!(
    /// A durable list of messages between people and an agent.
    ConversationId,
    "conversation"
);
id!(
    /// One message of a conversation.
    MessageId,
    "message"
);
id!(
    /// One durable execution of the agent loop.
    RunId,
    "run"
);
id!(
    /// One entry of the outbox: a job to be queued or an event to be published. Consumers are idempotent on it.
    JobId,
    "job"
);
id!(
    /// One running replica of a service.
    InstanceId,
    "instance"
);
id!(
    /// One remembered thing: a message or a note.
    MemoryId,
    "memory"
);
id!(
    /// One piece of a memory, as it is searched.
    ChunkId,
    "chunk"
);
id!(
    /// One summary of a conversation.
    SummaryId,
    "summary"
);
id!(
    /// A channel account that belongs to a person.
    ChannelLinkId,
    "link"
);
id!(
    /// Something that is to be shown in a chat of a channel.
    DeliveryId,
    "delivery"
);
id!(
    /// A team of a workspace.
    TeamId,
    "team"
);
id!(
    /// A link with which somebody becomes a member of a workspace.
    InvitationId,
    "invitation"
);
id!(
    /// Who a person is at an identity provider.
    OidcIdentityId,
    "identity"
);
id!(
    /// A program's request for a token, which a person approves in a browser.
    LoginRequestId,
    "login request"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_no_uuid_says_what_it_should_have_named() {
        let error = "nonsense".parse::<RunId>().unwrap_err();
        assert_eq!(error.to_string(), "run id \"nonsense\" is not a UUID");
    }

    #[test]
    fn an_id_survives_text_and_back() {
        let id = RunId::new(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<RunId>().unwrap(), id);
    }
}

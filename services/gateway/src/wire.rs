//! The JSON that clients send and get. Wire types stop here: what comes in becomes domain types by [`check`], what goes out is
//! made from storage's.

pub(crate) mod chat;
pub(crate) mod check;
mod conversation;
mod message;
mod run;
mod system;

pub(crate) use conversation::{
    ConversationBody, ConversationList, ConversationQuery, NewConversationBody, PageCursor,
    RenameBody,
};
pub(crate) use message::{AcceptedBody, MessageBody, MessageList, MessageQuery, NewMessageBody};
pub(crate) use run::{LimitQuery, RunBody, RunList, StopBody, StopState, StoppedBody, WatchQuery};
pub(crate) use system::{
    BootstrapStatus, ComponentBody, EventQuery, InstanceBody, MeBody, ProviderBody, QueueBody,
    QueueList, SystemBody,
};

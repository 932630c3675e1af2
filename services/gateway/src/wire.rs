//! The JSON that clients send and get. Wire types stop here: what comes in becomes domain types by [`check`], what goes out is
//! made from storage's.

mod channel;
pub(crate) mod chat;
pub(crate) mod check;
mod choice;
mod control;
mod conversation;
mod event;
mod memory;
mod message;
mod queue;
mod run;
mod session;
mod summary;
mod system;

pub(crate) use channel::{
    ChannelBody, ChannelList, HealthName, LinkBody, LinkCodeBody, MappingBody, MappingList,
    MappingQuery, NewMappingBody, check_chat,
};
pub(crate) use choice::{AgentBody, AgentList, ModelBody, ModelList};
pub(crate) use control::{
    AuditList, AuditQuery, InjectBody, KillAllBody, KillBody, KillScope, KilledBody, ReasonBody,
    RunEntryBody, RunEntryList, RunQuery, WorkerBody, WorkerList,
};
pub(crate) use conversation::{
    ConversationBody, ConversationChangeBody, ConversationList, ConversationQuery,
    NewConversationBody, PageCursor,
};
pub(crate) use event::{EventBody, EventLogBody, EventLogQuery, EventQuery};
pub(crate) use memory::{
    ForgetQuery, ForgottenBody, MemoryBody, MemoryCursor, MemoryListBody, MemoryListQuery,
    MemorySearchBody, MemorySearchQuery, NewMemoryBody,
};
pub(crate) use message::{AcceptedBody, MessageBody, MessageList, MessageQuery, NewMessageBody};
pub(crate) use queue::{
    DeadJobList, DeadQuery, DiscardQuery, DrainedBody, JobBody, PauseBody, PeekQuery, QueueBody,
    QueueList, QueueReasonBody, QueuedJobList, RebuiltBody, RebuiltList, RetriedBody, RetryAllBody,
    RetryBody,
};
pub(crate) use run::{LimitQuery, RunBody, RunList, StopBody, StopState, StoppedBody, WatchQuery};
pub(crate) use session::{SignInBody, SignedOutBody, browser};
pub(crate) use summary::{NewSummaryBody, SummaryList, SummaryQuery, SummaryWantedBody};
pub(crate) use system::{
    BootstrapStatus, ComponentBody, InstanceBody, MeBody, ProviderBody, SystemBody,
};

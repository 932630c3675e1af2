//! The JSON that clients send and get. Wire types stop here: what comes in becomes domain types by [`check`], what goes out is
//! made from storage's.

mod account;
mod audit;
mod channel;
pub(crate) mod chat;
pub(crate) mod check;
mod choice;
mod control;
mod conversation;
mod event;
mod login_request;
mod memory;
mod message;
mod oidc;
mod people;
mod queue;
mod run;
mod summary;
mod system;
mod whole;

pub(crate) use account::{
    LoginBody, LoginProviderBody, MadeTokenBody, MeBody, MeChangeBody, NewTokenBody,
    PasswordByLinkBody, PasswordChangeBody, RegisterBody, SessionBody, SessionList, SetUpBody,
    SetUpDoneBody, SignInBody, SignInWay, SignOutQuery, SignedOutBody, SwitchBody, TokenBody,
    TokenList, browser, new_password,
};
pub(crate) use audit::{AuditList, AuditQuery};
pub(crate) use channel::{
    ChannelBody, ChannelList, HealthName, LinkBody, LinkCodeBody, MappingBody, MappingList,
    MappingQuery, NewMappingBody, check_chat,
};
pub(crate) use choice::{AgentBody, AgentList, ModelBody, ModelList};
pub(crate) use control::{
    InjectBody, KillAllBody, KillBody, KillScope, KilledBody, ReasonBody, RunEntryBody,
    RunEntryList, RunQuery, WorkerBody, WorkerList,
};
pub(crate) use conversation::{
    ConversationBody, ConversationChangeBody, ConversationList, ConversationQuery,
    NewConversationBody, PageCursor,
};
pub(crate) use event::{EventBody, EventLogBody, EventLogQuery, EventQuery};
pub(crate) use login_request::{
    CodeBody, FetchTokenBody, FetchedTokenBody, LoginRequestBody, NewLoginRequestBody,
    OpenLoginRequestBody, PendingBody,
};
pub(crate) use memory::{
    ForgetQuery, ForgottenBody, MemoryBody, MemoryCursor, MemoryListBody, MemoryListQuery,
    MemorySearchBody, MemorySearchQuery, NewMemoryBody,
};
pub(crate) use message::{AcceptedBody, MessageBody, MessageList, MessageQuery, NewMessageBody};
pub(crate) use oidc::{CallbackQuery, IdentityBody, IdentityListBody, StartQuery};
pub(crate) use people::{
    AcceptBody, ConfirmBody, InvitationList, InvitationLookBody, LookBody, MadeInvitationBody,
    MadeUserBody, MemberBody, MemberList, NewInvitationBody, NewUserBody, PasswordLinkBody,
    RoleBody, SignUserOutQuery, StateReasonBody, TeamBody, TeamList, TeamNameBody, TeamRoleBody,
    UserBody, UserList, UserQuery, WorkspaceBody, WorkspaceList, WorkspaceNameBody, name,
};
pub(crate) use queue::{
    DeadJobList, DeadQuery, DiscardQuery, DrainedBody, JobBody, PauseBody, PeekQuery, QueueBody,
    QueueList, QueueReasonBody, QueuedJobList, RebuiltBody, RebuiltList, RetriedBody, RetryAllBody,
    RetryBody,
};
pub(crate) use run::{LimitQuery, RunBody, RunList, StopBody, StopState, StoppedBody, WatchQuery};
pub(crate) use summary::{NewSummaryBody, SummaryList, SummaryQuery, SummaryWantedBody};
pub(crate) use system::{BootstrapStatus, ComponentBody, InstanceBody, ProviderBody, SystemBody};

//! Postgres: the record of everything, one file per aggregate, the only home of SQL.
//!
//! Repositories take a [`Scope`](mosaic_domain::Scope) wherever rows of people are read or written on their
//! behalf. What a worker writes of a run takes a [`Fence`](mosaic_domain::Fence) instead: the claim that it
//! holds, checked by every statement.

mod account;
mod audit;
mod bootstrap;
mod channel;
mod checkpoint;
mod claim;
mod control;
mod conversation;
mod credential;
mod erase;
mod error;
mod event_log;
mod finish;
mod instance;
mod invitation;
mod job_target;
mod leader;
mod log;
mod login_request;
mod member;
mod memory;
mod message;
mod oidc;
mod outbox;
mod password_link;
mod pool;
mod queue_pause;
mod reclaim;
mod relay;
mod run;
mod schedule;
mod schema;
mod sealed;
mod send;
mod session;
mod standing;
mod step;
mod summary;
mod team;
mod token;
mod user;
mod watch;
mod watchdog;
mod worker;
mod workspace;

pub use account::{
    Login, NewAccount, NewPassword, PasswordChange, PasswordSet, Profile, Registered,
};
pub use audit::{Actor, AuditEntry, AuditFilter, AuditOutcome, NewAudit};
pub use bootstrap::{AdminCreated, AdminLogin, NewAdmin};
pub use channel::{
    ChannelChat, ChannelDelivery, ChannelLink, ChannelMapping, ChannelSender, ChannelUpdate,
    ChatClaim, ChatHold, DeliveryEnd, EVERY_CHAT, FailedUpdate, LinkCodeMaking, NewChannelLink,
    NewDelivery, Patience, Post, PostPlace, Redeemed,
};
pub use checkpoint::Checkpoint;
pub use claim::{Claim, ClaimedRun, DeliveredJob, HeldRun};
pub use control::{Change, Command, Commanded, Discard, Halt, Halted, Injected, Reach};
pub use conversation::{Conversation, ConversationChange, ConversationPage, NewConversation};
pub use erase::Erased;
pub use error::Error;
pub use event_log::{EventLogList, EventLogOrder, EventLogPage};
pub use finish::{Finish, Finished, NewAnswer};
pub use instance::Instance;
pub use invitation::{
    Accepted, Guest, Invitation, Invited, NewInvitation, Newcomer, OpenInvitation,
};
pub use job_target::JobTarget;
pub use leader::{Lead, Leader};
pub use login_request::{Approval, FetchedToken, LoginRequest, LoginToken, NewLoginRequest};
pub use member::{Member, MemberTeam, NewRole};
pub use memory::{
    Captured, Forgotten, FoundChunk, Memory, MemoryFilter, MemoryList, MemoryPage, MemorySource,
    NewChunk, NewNote, NoteSaved, PendingChunk, TextHit, Unchunked, Unseen, VectorHit, VectorQuery,
};
pub use message::MessagePage;
pub use oidc::{
    DueRefresh, IdentityRemoval, Linker, NewOidcLogin, OidcBegun, OidcIdentity, OidcLogin,
    OidcPerson, OidcRefusal, OidcRules, OidcSignIn, OidcSignedIn, RoleVerdict,
};
pub use password_link::NewPasswordLink;
pub use pool::{Begin, Purpose, Storage, StorageOptions, Tx};
pub use run::{Run, RunEntry, RunFilter};
pub use schedule::{Firing, ScheduleEntry, Times};
pub use schema::{
    DatabaseRole, MigrationState, MigrationStatus, Provided, SchemaReport, SchemaState, Unfit,
    VectorExtension,
};
pub use sealed::SealedValue;
pub use send::{Acceptance, NewMessage, Sent};
pub use session::{NewSession, Session, SessionOrigin, SessionOwner, SignedOut};
pub use standing::{Judged, Standing};
pub use summary::{
    ConversationWeight, KEPT_RUNS, NewSummary, Summary, SummaryDraft, SummaryMaterial,
    SummaryMessage, SummaryPage, SummaryRequest,
};
pub use team::{Named, Team, TeamChange, TeamMember, TeamStanding};
pub use token::{MadeWith, NewToken, Token, TokenMaking, TokenOwner};
pub use user::{
    Belongings, Farewell, LastOwner, NewState, NewUser, User, UserList, UserState, UserWorkspace,
};
pub use watch::RunHead;
pub use watchdog::{MAX_CLAIMS, SilenceEnded, SilenceNote, SilentEnd, SilentRun};
pub use worker::Worker;
pub use workspace::Workspace;

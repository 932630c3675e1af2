//! Postgres: the record of everything, one file per aggregate, the only home of SQL.
//!
//! Repositories take a [`Scope`](mosaic_domain::Scope) wherever rows of people are read or written on their
//! behalf. What a worker writes of a run takes a [`Fence`](mosaic_domain::Fence) instead: the claim that it
//! holds, checked by every statement.

mod audit;
mod bootstrap;
mod channel;
mod checkpoint;
mod claim;
mod control;
mod conversation;
mod error;
mod event_log;
mod finish;
mod instance;
mod job_target;
mod leader;
mod log;
mod memory;
mod message;
mod outbox;
mod pool;
mod queue_pause;
mod reclaim;
mod relay;
mod run;
mod schedule;
mod schema;
mod send;
mod session;
mod step;
mod summary;
mod token;
mod watch;
mod watchdog;
mod worker;

pub use audit::{Actor, AuditEntry, AuditOutcome, NewAudit};
pub use bootstrap::{AdminCreated, NewAdmin};
pub use channel::{
    ChannelChat, ChannelDelivery, ChannelLink, ChannelMapping, ChannelSender, ChannelUpdate,
    ChatClaim, ChatHold, DeliveryEnd, EVERY_CHAT, FailedUpdate, NewChannelLink, NewDelivery,
    Patience, Post, PostPlace, Redeemed,
};
pub use checkpoint::Checkpoint;
pub use claim::{Claim, ClaimedRun, DeliveredJob, HeldRun};
pub use control::{Change, Command, Commanded, Halt, Halted, Injected, Reach};
pub use conversation::{Conversation, ConversationChange, ConversationPage, NewConversation};
pub use error::Error;
pub use event_log::{EventLogList, EventLogOrder, EventLogPage};
pub use finish::{Finish, Finished, NewAnswer};
pub use instance::Instance;
pub use job_target::JobTarget;
pub use leader::{Lead, Leader};
pub use memory::{
    Captured, Forgotten, FoundChunk, Memory, MemoryFilter, MemoryList, MemoryPage, MemorySource,
    NewChunk, NewNote, NoteSaved, PendingChunk, TextHit, Unchunked, Unseen, VectorHit, VectorQuery,
};
pub use message::MessagePage;
pub use pool::{Storage, StorageOptions};
pub use run::{Run, RunEntry, RunFilter};
pub use schedule::{Firing, ScheduleEntry, Times};
pub use schema::{
    MigrationState, MigrationStatus, SchemaReport, SchemaState, Unfit, VectorExtension,
};
pub use send::{Acceptance, NewMessage, Sent};
pub use session::NewSession;
pub use summary::{
    ConversationWeight, KEPT_RUNS, NewSummary, Summary, SummaryDraft, SummaryMaterial,
    SummaryMessage, SummaryPage, SummaryRequest,
};
pub use token::TokenOwner;
pub use watch::RunHead;
pub use watchdog::{MAX_CLAIMS, SilenceEnded, SilenceNote, SilentEnd, SilentRun};
pub use worker::Worker;

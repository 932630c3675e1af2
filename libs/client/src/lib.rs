//! Typed client of the public API, shared by the command line and the tests.
//!
//! [`Client`] speaks to one gateway with one token. What answers at once is a method that returns a typed value; what
//! goes on is a stream: [`RunStream`] (one run), [`ConversationStream`] (all runs of a conversation), [`BusEvents`]
//! (the event bus). Streams reconnect by themselves with the last event id they saw and check that the logs of runs
//! arrive without gaps, so a caller only sees each event once, in order. [`Transcript`] folds events into what a
//! person reads.
//!
//! Only the public API is used here; unknown fields and unknown event types of a newer gateway are let through.

mod account;
mod api;
mod channel;
mod control;
mod error;
mod event;
mod event_log;
mod frame;
mod http;
mod memory;
mod problem;
mod queue;
mod secret;
mod session;
mod stream;
mod summary;
mod tenancy;
mod transcript;
mod types;
mod user;

pub use error::Error;
pub use event::{Event, StepKind, ToolOutcome, Usage};
pub use event_log::EventLogQuery;
pub use frame::Frame;
pub use http::{Client, ClientOptions};
pub use problem::{FieldProblem, Problem};
pub use secret::Secret;
pub use session::SignedIn;
pub use stream::{BusEventFilter, BusEvents, ConversationStream, Patience, RunStream};
pub use transcript::{Block, Transcript, Turn, TurnState};
pub use types::{
    Acceptance, Acceptor, Agent, Approved, AuditEntry, AuditQuery, BusEvent, Channel, ChannelLink,
    ChannelMapping, Component, Conversation, ConversationChange, DeadJob, Drained, FirstAccount,
    Forgotten, FoundMemory, Identity, Instance, Invitation, InvitationLook, Items, Job, JobHolder,
    Killed, LinkCode, LoginProvider, LoginRequest, LoginStatus, MadeInvitation, MadeSetup,
    MadeToken, MadeUser, Me, Member, MemberTeam, MemoriesFound, Memory, MemorySearch, Message,
    Model, NewAccount, NewConversation, NewInvitation, NewMessage, NewToken, NewUser, Owner, Owns,
    Page, PasswordChange, PasswordLink, PasswordLogin, Provider, QueueLanes, QueuePause,
    QueueStatus, QueuedJob, RebuiltQueue, Requested, Retried, Run, RunEntry, RunQuery, RunScope,
    ScoreExplanation, Sent, Session, SignedOut, Stopped, Summary, SummaryWanted, System, Team,
    TeamMember, Token, User, UserQuery, UserWorkspace, Worker, Workspace,
};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

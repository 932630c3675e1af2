//! Typed client of the public API, shared by the command line and the tests.
//!
//! [`Client`] speaks to one gateway with one token. What answers at once is a method that returns a typed value; what
//! goes on is a stream: [`RunStream`] (one run), [`ConversationStream`] (all runs of a conversation), [`BusEvents`]
//! (the event bus). Streams reconnect by themselves with the last event id they saw and check that the logs of runs
//! arrive without gaps, so a caller only sees each event once, in order. [`Transcript`] folds events into what a
//! person reads.
//!
//! Only the public API is used here; unknown fields and unknown event types of a newer gateway are let through.

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
mod stream;
mod summary;
mod transcript;
mod types;

pub use error::Error;
pub use event::{Event, StepKind, ToolOutcome, Usage};
pub use event_log::EventLogQuery;
pub use frame::Frame;
pub use http::{Client, ClientOptions};
pub use problem::{FieldProblem, Problem};
pub use stream::{BusEventFilter, BusEvents, ConversationStream, Patience, RunStream};
pub use transcript::{Block, Transcript, Turn, TurnState};
pub use types::{
    Acceptance, Agent, AuditEntry, BusEvent, Channel, ChannelLink, ChannelMapping, Component,
    Conversation, ConversationChange, DeadJob, Drained, Forgotten, FoundMemory, Instance, Items,
    Job, JobHolder, Killed, LinkCode, Me, MemoriesFound, Memory, MemorySearch, Message, Model,
    NewConversation, NewMessage, Owner, Page, Provider, QueueLanes, QueuePause, QueueStatus,
    QueuedJob, RebuiltQueue, Requested, Retried, Run, RunEntry, RunQuery, RunScope,
    ScoreExplanation, Sent, Stopped, Summary, SummaryWanted, System, Worker,
};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

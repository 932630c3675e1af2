//! What the loop asks of whoever keeps its record.

use async_trait::async_trait;
use mosaic_domain::{EndState, Message, NumberedStep, RunEvent, Usage};

/// Why the record cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another claim holds the run. Nothing more may be written, shown or called.
    #[error("the run was taken over by another claim")]
    Fenced,
    /// The record refuses what it is given; trying again would not help.
    #[error("{0}")]
    Broken(String),
}

/// What is recorded in one go.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Steps that are new or have come further.
    pub steps: Vec<NumberedStep>,
    /// Tokens of these steps.
    pub usage: Usage,
    /// `seq` of the newest message of the run that the loop knows.
    pub seen_seq: i64,
    /// Events that become true with this record; shown only once it is durable.
    pub then: Vec<RunEvent>,
}

/// How an attempt to end the run went.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It has ended.
    Ended,
    /// Nothing was written: these messages joined in the last moment and want to be answered first.
    Steered(Vec<Message>),
}

/// How an attempt to halt the run went.
#[derive(Debug, Clone, PartialEq)]
pub enum Pausing {
    /// It is halted and given back; nothing more may be written.
    Paused,
    /// Nothing was written: nobody wants it to halt any more. These messages have joined.
    Withdrawn(Vec<Message>),
}

/// The record of one run and the window through which it is watched.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Shows an event to whoever watches. It becomes durable with the next record.
    fn emit(&mut self, event: RunEvent);

    /// `seq` of the last event, shown or not.
    fn position(&self) -> u32;

    /// Makes durable what is given and everything emitted so far, and returns the messages that have joined the
    /// run since `seen_seq`. Returns only when it is durable, or will never be.
    async fn record(&mut self, record: Record) -> Result<Vec<Message>, JournalError>;

    /// Halts the run between two steps, recording what is given, and gives it back. The event that says so is made by the
    /// journal.
    async fn pause(&mut self, reason: &str, record: Record) -> Result<Pausing, JournalError>;

    /// Ends the run, recording what is given. The event that says so is made by the journal.
    async fn finish(
        &mut self,
        end: &EndState,
        answer: Option<String>,
        record: Record,
    ) -> Result<Ending, JournalError>;
}

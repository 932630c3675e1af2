//! What people command, and what they look at: runs, workers and queues, and what lets people in.

use mosaic_client::{Me, Member, Page, QueueStatus, RunEntry, RunScope, Session, Token, Worker};
use mosaic_domain::{InstanceId, RunId, SessionId, TokenId, UserId};

/// A command to a run, a worker or a queue, or about who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// End a run with what it has said so far.
    Stop(RunId),
    /// Halt a run after the step in hand.
    Pause {
        /// The run.
        run: RunId,
        /// Why; the gateway says who, where nothing is said.
        reason: Option<String>,
    },
    /// Have a paused run go on.
    Resume(RunId),
    /// End a run by force.
    Kill {
        /// The run.
        run: RunId,
        /// Why.
        reason: String,
    },
    /// Have a worker take no more runs.
    DrainWorker {
        /// The worker.
        worker: InstanceId,
        /// Why.
        reason: String,
    },
    /// Have a drained worker take runs again.
    ResumeWorker(InstanceId),
    /// Have a queue hand out no more jobs.
    PauseQueue {
        /// The queue.
        queue: String,
        /// Why.
        reason: String,
    },
    /// Have a paused queue hand out jobs again.
    ResumeQueue(String),
    /// End one of one's own sessions.
    EndSession(SessionId),
    /// End all of one's own sessions.
    EndSessions,
    /// Revoke one of one's own tokens.
    RevokeToken(TokenId),
    /// Give somebody another role in the workspace.
    SetRole {
        /// Who.
        user: UserId,
        /// Which.
        role: &'static str,
    },
    /// Have somebody be in the workspace no longer.
    RemoveMember(UserId),
}

impl Order {
    /// The run it is about.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Stop(run)
            | Self::Pause { run, .. }
            | Self::Resume(run)
            | Self::Kill { run, .. } => Some(*run),
            _ => None,
        }
    }
}

/// What a board is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Runs, the newest first.
    Runs {
        /// Whose.
        scope: RunScope,
        /// Those that have ended as well.
        ended: bool,
    },
    /// The workers.
    Workers,
    /// The queues.
    Queues,
    /// Who one is.
    Me,
    /// One's own sessions.
    Sessions,
    /// One's own tokens.
    Tokens,
    /// Who is in the workspace.
    Members,
}

/// What there is to be shown.
#[derive(Debug)]
pub enum Shown {
    /// Runs.
    Runs(Page<RunEntry>),
    /// Workers.
    Workers(Vec<Worker>),
    /// Queues.
    Queues(Vec<QueueStatus>),
    /// Who one is.
    Me(Box<Me>),
    /// One's own sessions.
    Sessions(Vec<Session>),
    /// One's own tokens.
    Tokens(Vec<Token>),
    /// Who is in the workspace.
    Members(Vec<Member>),
    /// It could not be had.
    Failed {
        /// Why.
        reason: String,
        /// The person has not the right to see it: asking again is of no use.
        denied: bool,
    },
}

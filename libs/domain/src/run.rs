//! Runs: one turn of the agent loop as a durable execution, and the states it goes through.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{InstanceId, RunId};
use crate::message::UnknownName;

/// Where a run stands. Every run ends in exactly one of the four terminal states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Stored and waiting for a worker.
    Queued,
    /// Claimed by a worker that holds its lease.
    Running,
    /// Halted between two steps, held by nobody, until somebody resumes it.
    Paused,
    /// Ended with an answer.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended because someone stopped it.
    Cancelled,
    /// Ended by force.
    Killed,
}

impl RunState {
    /// The name used in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Killed => "killed",
        }
    }

    /// Whether the run has ended and will never change again.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Paused)
    }

    /// Whether the life cycle allows going from this state to `next`. A running run may be claimed anew
    /// (its worker died), so `Running → Running` is allowed.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(
                next,
                Self::Running | Self::Paused | Self::Cancelled | Self::Killed | Self::Failed
            ),
            Self::Running => !matches!(next, Self::Queued),
            Self::Paused => matches!(
                next,
                Self::Queued | Self::Cancelled | Self::Killed | Self::Failed
            ),
            Self::Completed | Self::Failed | Self::Cancelled | Self::Killed => false,
        }
    }
}

impl FromStr for RunState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Ok(match text {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            "killed" => Self::Killed,
            _ => {
                return Err(UnknownName {
                    noun: "run state",
                    value: text.into(),
                });
            }
        })
    }
}

/// How a run ended, with what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndState {
    /// The agent answered.
    Completed,
    /// It could not; `code` is machine-readable, `reason` is for people and names a remedy.
    Failed {
        /// e.g. `provider_auth`, `step_limit`.
        code: String,
        /// One or two sentences.
        reason: String,
    },
    /// Someone stopped it.
    Cancelled {
        /// Who or why.
        reason: String,
    },
    /// It was ended by force.
    Killed {
        /// Who or why.
        reason: String,
    },
}

impl EndState {
    /// The terminal state this end leads to.
    #[must_use]
    pub const fn state(&self) -> RunState {
        match self {
            Self::Completed => RunState::Completed,
            Self::Failed { .. } => RunState::Failed,
            Self::Cancelled { .. } => RunState::Cancelled,
            Self::Killed { .. } => RunState::Killed,
        }
    }

    /// The reason shown to people; none for an answer.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Completed => None,
            Self::Failed { reason, .. } | Self::Cancelled { reason } | Self::Killed { reason } => {
                Some(reason)
            }
        }
    }
}

/// Tokens that model calls used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input_tokens: u32,
    /// Tokens written.
    pub output_tokens: u32,
    /// Of the input, read from the provider's cache.
    pub cache_read_tokens: u32,
    /// Written to the provider's cache.
    pub cache_write_tokens: u32,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.cache_read_tokens = self
            .cache_read_tokens
            .saturating_add(other.cache_read_tokens);
        self.cache_write_tokens = self
            .cache_write_tokens
            .saturating_add(other.cache_write_tokens);
    }
}

/// What a worker must show with every write of a run it holds. A later claim raises the epoch, and the
/// writes of the former holder then touch nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The run.
    pub run_id: RunId,
    /// Number of the claim.
    pub epoch: u32,
    /// The replica that claimed it.
    pub worker_id: InstanceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [RunState; 7] = [
        RunState::Queued,
        RunState::Running,
        RunState::Paused,
        RunState::Completed,
        RunState::Failed,
        RunState::Cancelled,
        RunState::Killed,
    ];

    #[test]
    fn an_ended_run_never_changes_again() {
        for from in ALL.into_iter().filter(|state| state.is_terminal()) {
            for to in ALL {
                assert!(!from.may_become(to), "{from:?} → {to:?}");
            }
        }
    }

    #[test]
    fn a_queued_run_cannot_complete_without_having_run() {
        assert!(!RunState::Queued.may_become(RunState::Completed));
    }

    #[test]
    fn a_paused_run_goes_on_only_through_the_queue() {
        assert!(!RunState::Paused.is_terminal());
        assert!(RunState::Paused.may_become(RunState::Queued));
        assert!(!RunState::Paused.may_become(RunState::Running));
        assert!(RunState::Running.may_become(RunState::Paused));
    }

    #[test]
    fn every_state_is_known_by_its_name() {
        for state in ALL {
            assert_eq!(state.as_str().parse::<RunState>().unwrap(), state);
        }
    }
}

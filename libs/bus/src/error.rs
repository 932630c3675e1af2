//! What can go wrong on the bus.

use mosaic_domain::Cursor;

/// A fault of the bus or of what lies on it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The configured address is no Valkey address.
    #[error(
        "the Valkey address does not parse: {reason}; it looks like redis://user:password@host:6379/0"
    )]
    Address {
        /// What the parser said, without the address, which may hold a password.
        reason: String,
    },
    /// No connection could be made.
    #[error(
        "Valkey at {endpoint} cannot be reached: {reason}; check that it runs and that the address and password are right"
    )]
    Unreachable {
        /// Host and port.
        endpoint: String,
        /// What the attempt said.
        reason: String,
    },
    /// A command failed.
    #[error("Valkey could not {action}: {source}")]
    Command {
        /// What was wanted, e.g. `append to a run's log`.
        action: &'static str,
        /// What it answered or why it did not.
        source: redis::RedisError,
    },
    /// A successor has taken over: the caller holds the run no longer and must stop.
    #[error("the run was taken over by a later claim; its log already ends at {last}")]
    Fenced {
        /// The last event of the log.
        last: Cursor,
    },
    /// An entry is not what its key holds.
    #[error("entry {id} of {key} cannot be read: {reason}")]
    Corrupt {
        /// The key it lies under.
        key: String,
        /// Its id.
        id: String,
        /// What does not fit.
        reason: String,
    },
    /// The record could not be asked or changed.
    #[error("the record could not {action}: {reason}")]
    Record {
        /// What was wanted, e.g. `note a pause`.
        action: &'static str,
        /// Why it did not.
        reason: String,
    },
    /// The component was shut down.
    #[error("the bus component was shut down")]
    Closed,
}

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the same call may succeed later: the connection or the server had a passing fault.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Command { source, .. } => is_passing(source),
            Self::Address { .. }
            | Self::Fenced { .. }
            | Self::Corrupt { .. }
            | Self::Record { .. }
            | Self::Closed => false,
        }
    }

    /// Whether a consumer group is missing: Valkey was emptied, or nobody has consumed this stream yet.
    pub(crate) fn is_missing_group(&self) -> bool {
        matches!(self, Self::Command { source, .. } if has_code(source, "NOGROUP"))
    }

    /// Whether a consumer group exists already.
    pub(crate) fn is_existing_group(&self) -> bool {
        matches!(self, Self::Command { source, .. } if has_code(source, "BUSYGROUP"))
    }

    /// Wraps what Valkey answered; `action` completes "could not …".
    pub(crate) fn command(action: &'static str) -> impl Fn(redis::RedisError) -> Self {
        move |source| Self::Command { action, source }
    }
}

fn is_passing(error: &redis::RedisError) -> bool {
    const CODES: [&str; 8] = [
        "LOADING",
        "BUSY",
        "TRYAGAIN",
        "CLUSTERDOWN",
        "MASTERDOWN",
        "READONLY",
        "OOM",
        "UNBLOCKED",
    ];
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.code().is_some_and(|code| CODES.contains(&code))
}

/// Errors that a script passes on carry their code in the text only.
fn has_code(error: &redis::RedisError, code: &str) -> bool {
    error.code() == Some(code) || error.to_string().contains(code)
}

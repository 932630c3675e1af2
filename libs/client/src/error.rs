//! What can go wrong between a client and its gateway.

use std::time::Duration;

use mosaic_domain::RunId;

use crate::Problem;

/// Why a call or a stream ended without what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be one of a gateway.
    #[error("{address:?} is not the address of a gateway: {reason}")]
    Address {
        /// The address as given, without credentials.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The token holds characters that no token has.
    #[error("the token holds characters that cannot be sent, such as a line break")]
    Token,
    /// No connection, or it broke.
    #[error("the gateway at {address} cannot be reached: {reason}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// The innermost cause.
        reason: String,
    },
    /// It did not answer in time.
    #[error("the gateway at {address} did not answer in time")]
    TimedOut {
        /// Where it is.
        address: String,
    },
    /// It answered that it will not or cannot do it.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// It answered something this client does not understand.
    #[error("the gateway's answer to {what} cannot be read: {reason}")]
    Malformed {
        /// What was asked for.
        what: String,
        /// What does not fit.
        reason: String,
    },
    /// A stream was lost and did not come back in the time that the caller allows.
    #[error("the stream was lost and did not come back within {} s: {last}", .after.as_secs())]
    Silent {
        /// How long it was waited.
        after: Duration,
        /// The last attempt's error.
        last: String,
    },
    /// Events are missing, also after asking again.
    #[error("events of run {run_id} are missing: after {last} came {found}")]
    Gap {
        /// The run.
        run_id: RunId,
        /// `seq` of the last event before the gap.
        last: u32,
        /// `seq` of the next that came.
        found: u32,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Refused(problem) => {
                matches!(problem.status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// The gateway's own code, when it is the gateway that refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => problem.remedy.clone(),
            Self::Address { .. } => Some("write it like http://127.0.0.1:14242".to_owned()),
            Self::Token => Some("copy the token again, it begins with mos_".to_owned()),
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Silent { .. } => {
                Some("check that it runs and that the address is right".to_owned())
            }
            Self::Malformed { .. } => Some(
                "client and gateway may be of different releases: compare `mosaic version`"
                    .to_owned(),
            ),
            Self::Gap { .. } => Some("read the run again: its whole log is stored".to_owned()),
        }
    }

    pub(crate) fn of_request(address: &str, error: &reqwest::Error) -> Self {
        let address = address.to_owned();
        if error.is_timeout() {
            return Self::TimedOut { address };
        }
        Self::Unreachable {
            address,
            reason: innermost(error),
        }
    }
}

/// Wrappers of HTTP libraries only repeat the address; the cause at the bottom says what happened.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

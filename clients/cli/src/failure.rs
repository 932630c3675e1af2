//! Why a command failed, with what to do about it.

use std::io;

use mosaic_client::Error;
use mosaic_config::ConfigErrors;
use serde_json::{Value, json};

use crate::exit::Exit;

/// A failed command.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) remedy: Option<String>,
    /// For machines, where the gateway gave one.
    pub(crate) code: Option<String>,
    /// Whether what is said of it is all that there is to say.
    settled: bool,
}

pub(crate) type Outcome = Result<Exit, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            remedy: None,
            code: None,
            settled: false,
        }
    }

    /// Whoever makes this knows better than anybody what is to be done about it.
    pub(crate) fn settled(mut self) -> Self {
        self.settled = true;
        self
    }

    pub(crate) const fn is_settled(&self) -> bool {
        self.settled
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A file operation that failed.
    pub(crate) fn io(what: &str, path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(
            Exit::Unavailable,
            format!("cannot {what} {}: {error}", path.display()),
        )
        .with_remedy(format!("check that {} exists and is yours", path.display()))
    }

    /// For `--json`.
    pub(crate) fn json(&self) -> Value {
        let Self {
            exit,
            message,
            remedy,
            code,
            settled: _,
        } = self;
        json!({"error": {"message": message, "remedy": remedy, "code": code, "exit": exit.code()}})
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match &error {
            Error::Unreachable { .. } | Error::TimedOut { .. } | Error::Silent { .. } => {
                Exit::Unreachable
            }
            Error::Address { .. } => Exit::Usage,
            Error::Token => Exit::Denied,
            Error::Refused(problem) => match problem.status {
                401 | 403 => Exit::Denied,
                404 => Exit::NotFound,
                502..=504 => Exit::Unreachable,
                _ => Exit::Failed,
            },
            Error::Malformed { .. } | Error::Gap { .. } => Exit::Failed,
        };
        Self {
            exit,
            message: error.to_string(),
            remedy: error.remedy(),
            code: error.code().map(str::to_owned),
            settled: false,
        }
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::new(Exit::Config, errors.to_string())
    }
}

/// Nobody reads our output any more (`mosaic … | head`): an end, not a failure.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Done, ""),
            _ => Self::new(Exit::Failed, format!("cannot write: {error}")),
        }
    }
}

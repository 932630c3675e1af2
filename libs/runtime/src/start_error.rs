//! Why a service does not start.

use mosaic_config::EX_CONFIG;

/// Exit code of a service that lacks something it depends on (`EX_UNAVAILABLE` of sysexits).
pub const EX_UNAVAILABLE: u8 = 69;

/// Exit code of a service that failed while it ran (`EX_SOFTWARE` of sysexits).
pub const EX_SOFTWARE: u8 = 70;

/// What is in the way of a start, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {problem}. {remedy}")]
pub struct StartError {
    /// What the service needs, with its host, e.g. `Postgres at 127.0.0.1:5432`.
    pub what: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do, as a sentence.
    pub remedy: String,
    /// The exit code of a process that does not start for this reason.
    pub exit: u8,
}

impl StartError {
    /// Says what is in the way. Closing full stops are added where the text lacks them.
    pub fn new(what: impl ToString, problem: impl ToString, remedy: impl ToString) -> Self {
        let problem = problem.to_string().trim_end_matches('.').to_owned();
        Self {
            what: what.to_string(),
            problem,
            remedy: remedy.to_string(),
            exit: EX_UNAVAILABLE,
        }
    }

    /// The same, where not something outside is in the way but the configuration.
    #[must_use]
    pub fn misconfigured(self) -> Self {
        let exit = EX_CONFIG;
        Self { exit, ..self }
    }
}

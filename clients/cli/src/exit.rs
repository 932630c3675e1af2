//! How a command ended.

use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed: the message says why.
    Failed,
    /// The command line is wrong.
    Usage,
    /// What was named does not exist.
    NotFound,
    /// The token is missing, wrong, or does not allow it.
    Denied,
    /// The gateway cannot be reached.
    Unreachable,
    /// The run ended without an answer.
    RunFailed,
    /// Something that is needed is not available: an engine, a port, the data folder.
    Unavailable,
    /// The configuration is wrong.
    Config,
    /// Interrupted with Ctrl-C.
    Interrupted,
}

/// The table that `--help` shows.
pub(crate) const TABLE: &str = "\
Exit codes:
  0    done
  1    failed: the message says why
  2    the command line is wrong
  3    what was named does not exist
  4    the token is missing, wrong, or does not allow it
  5    the gateway cannot be reached
  6    the run ended without an answer
  69   something needed is not available: an engine, a port, the data folder
  78   the configuration is wrong; every fault is listed
  130  interrupted";

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Unreachable => 5,
            Self::RunFailed => 6,
            Self::Unavailable => 69,
            Self::Config => mosaic_config::EX_CONFIG,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotFound,
            Exit::Denied,
            Exit::Unreachable,
            Exit::RunFailed,
            Exit::Unavailable,
            Exit::Config,
            Exit::Interrupted,
        ];
        for exit in all {
            let line = format!("\n  {:<5}", exit.code());
            assert!(TABLE.contains(&line), "{exit:?} is missing in the help");
        }
    }
}

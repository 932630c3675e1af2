//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mosaic_identity::EmailAddress;

const EXIT_CODES: &str = "\
Exit codes:
  0   done, or nothing to do
  1   failed: the message says why
  2   the command line is wrong
  3   the schema is not one this version works with
  4   refused: an admin exists already (bootstrap), or none exists yet (token)
  5   something sealed opens with no key, or is not sealed with the current one (reseal)
  69  Postgres cannot be used: unreachable, login refused, no such database, or without pgvector 0.8
      or the rights that migrations need
  78  the configuration is wrong; every fault is listed";

/// Looks after the schema of the database, the first admin and the keys.
#[derive(Debug, Parser)]
#[command(name = "mosaic-migrate", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// The configuration file. Without it: the one `MOSAIC_CONFIG` names, or mosaic.toml in the data folder.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Apply every migration the database lacks. Safe to run from many places at once.
    Up(Wait),
    /// Show what `up` would apply, without changing anything.
    Plan,
    /// Show every migration and whether the database has it.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check that the schema is the one this version works with: nothing missing, changed, unfinished or too new.
    Verify,
    /// Create the first admin and print their token, once. Refused when an admin exists.
    Bootstrap {
        /// Name of the admin.
        #[arg(long, default_value = "admin", value_parser = name)]
        name: String,
        /// Name of the workspace the admin will own.
        #[arg(long, default_value = "home", value_parser = name)]
        workspace: String,
        /// Email address with which the admin signs in, if they get a password: from `MOSAIC_BOOTSTRAP_PASSWORD`,
        /// or with --password-stdin.
        #[arg(long, value_parser = email)]
        email: Option<EmailAddress>,
        /// Read the password from the first line of standard input.
        #[arg(long, requires = "email")]
        password_stdin: bool,
    },
    /// Print another token for the admin, once; for whoever has access to this host.
    Token,
    /// Seal everything anew with secrets.key that a previous key sealed. Safe to interrupt and to run beside the services.
    Reseal {
        /// Only look: what is sealed with which key, and whether it opens.
        #[arg(long)]
        check: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print a token with which an operator may ask a service how it is over gRPC, for a minute.
    ServiceToken {
        /// The service that will be asked, e.g. memory-indexer.
        #[arg(value_name = "SERVICE")]
        audience: String,
    },
}

/// How long to be patient.
#[derive(Debug, Clone, Copy, Args)]
pub struct Wait {
    /// How long to wait for a Postgres that does not answer yet. 0: one attempt.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub wait_seconds: u64,
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| error.to_string())
}

fn name(text: &str) -> Result<String, String> {
    const LONGEST: usize = 200;
    let text = text.trim();
    if text.is_empty() {
        return Err("a name must not be empty".to_owned());
    }
    if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(format!(
            "a name has at most {LONGEST} characters and no control characters"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_name_is_trimmed_and_must_say_something() {
        assert_eq!(name(" Ada "), Ok("Ada".to_owned()));
        assert!(name("  ").is_err());
        assert!(name("a\nb").is_err());
    }
}

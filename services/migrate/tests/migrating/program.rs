//! Running the program against a database.

use std::process::{Child, Command, Output, Stdio};

use mosaic_config::ExposeSecret as _;
use mosaic_testkit::TestDatabase;

/// What a run printed and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) talk: String,
}

/// The program, set up to look at `url` and at nothing else of this machine.
pub(super) fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("mosaic-migrate"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("MOSAIC_POSTGRES__URL", url)
        .current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs it to its end.
pub(super) fn run(database: &TestDatabase, arguments: &[&str]) -> Said {
    let mut command = command(database.url().expose_secret(), arguments);
    command.output().unwrap().into()
}

/// Starts it without waiting.
pub(super) fn start(database: &TestDatabase, arguments: &[&str]) -> Child {
    let mut command = command(database.url().expose_secret(), arguments);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            talk: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

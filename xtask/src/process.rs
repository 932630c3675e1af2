//! Runs other programs so that Ctrl-C does what one expects of it.

use std::{
    ffi::OsStr,
    io::Write as _,
    process::{ExitCode, ExitStatus, Stdio},
};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

use crate::environment;

/// Has cargo look at every line of the workspace.
pub(crate) const LINTS: [&str; 7] = [
    "clippy",
    "--quiet",
    "--workspace",
    "--all-targets",
    "--",
    "-D",
    "warnings",
];

/// A cargo command in the root of the repository. Queries are checked against the stored metadata,
/// whatever database the developer's shell points to.
pub(crate) fn cargo<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(environment::cargo());
    command
        .args(arguments)
        .current_dir(environment::root())
        .env("CARGO_TARGET_DIR", environment::target())
        .env("SQLX_OFFLINE", "true");
    command
}

/// Runs to the end. A Ctrl-C in the terminal reaches the program without our help, and we wait for
/// it to end; a SIGTERM reaches only us and is passed on.
pub(crate) async fn run(mut command: Command) -> anyhow::Result<ExitStatus> {
    let name = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    loop {
        tokio::select! {
            status = child.wait() => return status.with_context(|| format!("cannot wait for {name}")),
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {
                terminate(&child);
            }
        }
    }
}

fn terminate(child: &Child) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid {
        // A process that is gone is no error.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

/// Runs to the end and fails when the program does.
pub(crate) async fn must(command: Command) -> anyhow::Result<()> {
    let text = shown(&command);
    let status = run(command).await?;
    anyhow::ensure!(status.success(), "`{text}` failed: {status}");
    Ok(())
}

/// True when the program can be run like this; prints nothing.
pub(crate) async fn works(mut command: Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().await.is_ok_and(|status| status.success())
}

/// The exit code to end with after a program that ended so.
pub(crate) fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

/// Writes text to a program's input and waits for it to end well.
pub(crate) fn feed(mut command: std::process::Command, input: &str) -> anyhow::Result<()> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let status = child.wait()?;
    anyhow::ensure!(
        status.success(),
        "{} failed: {status}",
        command.get_program().display()
    );
    Ok(())
}

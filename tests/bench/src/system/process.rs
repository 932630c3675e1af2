//! A program as a process of its own.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::usage::Usage;

/// How long a start or stop may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a starting service is asked whether it is ready: what a start is measured to.
const ASKED_EVERY: Duration = Duration::from_millis(1);

/// Variables of a process; it has no others.
pub(crate) type Variables = Vec<(String, String)>;

/// A running process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: &'static str,
    child: Child,
    log: PathBuf,
}

/// Where cargo put a program of the workspace: beside this one.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    anyhow::ensure!(
        path.exists(),
        "{} is not built; `cargo xtask bench` builds it",
        path.display()
    );
    Ok(path)
}

/// An address that was free a moment ago.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A program with these variables and arguments, whose log is kept.
pub(crate) fn command(name: &str, variables: &Variables, log: &Path) -> anyhow::Result<Command> {
    let file = File::options().create(true).append(true).open(log)?;
    let mut command = Command::new(program(name)?);
    command
        .env_clear()
        .envs(variables.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .kill_on_drop(true);
    if let Some(folder) = log.parent() {
        command.current_dir(folder);
    }
    Ok(command)
}

impl Process {
    /// Starts a service and waits until it says that it is ready; how long that took.
    pub(crate) async fn service(
        name: &'static str,
        variables: &Variables,
        admin: SocketAddr,
        logs: &Path,
    ) -> anyhow::Result<(Self, Duration)> {
        let log = logs.join(format!("{name}.log"));
        let mut command = command(&format!("mosaic-{name}"), variables, &log)?;
        let began = Instant::now();
        let child = command.spawn()?;
        let process = Self { name, child, log };
        let ready = async {
            while !answers_ready(admin).await.unwrap_or(false) {
                sleep(ASKED_EVERY).await;
            }
        };
        let in_time = timeout(PATIENCE, ready).await;
        in_time.with_context(|| format!("{name} is not ready: {}", process.log()))?;
        Ok((process, began.elapsed()))
    }

    /// Something else that was started by [`command`].
    pub(crate) const fn other(name: &'static str, child: Child, log: PathBuf) -> Self {
        Self { name, child, log }
    }

    fn pid(&self) -> anyhow::Result<i32> {
        let id = self
            .child
            .id()
            .with_context(|| format!("{} has ended: {}", self.name, self.log()))?;
        Ok(i32::try_from(id)?)
    }

    /// What it uses.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        self.pid().map(Usage::of)
    }

    /// The end of what it has written.
    pub(crate) fn log(&self) -> String {
        const LINES: usize = 20;
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// Asks it to stop and waits.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        kill(Pid::from_raw(self.pid()?), Signal::SIGTERM)?;
        timeout(PATIENCE, self.child.wait())
            .await
            .with_context(|| format!("{} does not stop", self.name))??;
        Ok(())
    }
}

async fn answers_ready(admin: SocketAddr) -> anyhow::Result<bool> {
    let mut socket = TcpStream::connect(admin).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

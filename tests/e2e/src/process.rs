//! A service as a process of its own.

use std::fs::OpenOptions;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::world::{PATIENCE, eventually};

/// A running service. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where its admin server listens.
    pub admin: SocketAddr,
    log: PathBuf,
}

/// A port that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Where cargo put a program of the workspace.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    // Tests lie in target/<profile>/deps, programs in the folder above.
    let beside = here.parent().context("a program lies in a folder")?;
    let folder = match beside.parent() {
        Some(above) if beside.ends_with("deps") => above,
        _ => beside,
    };
    let path = folder.join(name);
    anyhow::ensure!(
        path.exists(),
        "{} is not built; run the tests with `cargo xtask test`, which builds the programs first",
        path.display()
    );
    Ok(path)
}

/// Runs a program that is expected to end by itself; its exit code and all it said.
pub async fn run_to_end(
    name: &str,
    arguments: &[&str],
    variables: &[(String, String)],
    folder: &Path,
) -> anyhow::Result<(Option<i32>, String)> {
    let run = Command::new(program(name)?)
        .args(arguments)
        .env_clear()
        .envs(variables.iter().map(|(key, value)| (key, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, run)
        .await
        .context("the program did not end")??;
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.code(), said))
}

impl Process {
    /// Starts a program with these variables beside an empty environment and waits until it is ready.
    pub async fn start(
        name: &str,
        variables: &[(String, String)],
        admin: SocketAddr,
        logs: &Path,
    ) -> anyhow::Result<Self> {
        let process = Self::spawn(name, variables, admin, logs)?;
        process.ready().await?;
        Ok(process)
    }

    /// Starts a program and does not wait for it. What programs at the same address write goes to one log.
    pub fn spawn(
        name: &str,
        variables: &[(String, String)],
        admin: SocketAddr,
        logs: &Path,
    ) -> anyhow::Result<Self> {
        let log = logs.join(format!("{name}-{}.log", admin.port()));
        let file = OpenOptions::new().create(true).append(true).open(&log)?;
        let child = Command::new(program(name)?)
            .env_clear()
            .envs(variables.iter().map(|(key, value)| (key, value)))
            .current_dir(logs)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, admin, log })
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Whether it says that it is ready.
    pub async fn is_ready(&self, client: &reqwest::Client) -> bool {
        let url = format!("http://{}/readyz", self.admin);
        let answer = client.get(&url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        let ready = eventually("the service to be ready", async || {
            self.is_ready(&client).await.then_some(())
        });
        ready.await.with_context(|| self.log())
    }

    /// What it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = self.child.id().context("the process has ended")?;
        Ok(kill(Pid::from_raw(i32::try_from(id)?), signal)?)
    }

    /// Kills it without a chance to clean up.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::SIGKILL)?;
        self.child.wait().await?;
        Ok(())
    }

    /// Asks it to stop and waits; the exit code.
    pub async fn stop(&mut self) -> anyhow::Result<Option<i32>> {
        self.signal(Signal::SIGTERM)?;
        Ok(tokio::time::timeout(PATIENCE, self.child.wait())
            .await??
            .code())
    }
}

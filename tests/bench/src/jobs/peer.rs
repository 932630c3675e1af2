//! A program that carries out an order, as a process of its own.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::protocol::{Answer, Order};
use super::system::System;

/// The longest an answer may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Peer {
    name: &'static str,
    child: Child,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts a program and gives it the order.
    pub(super) async fn start(system: &System, order: &Order) -> anyhow::Result<Self> {
        Self::start_with(system, order, Stdio::inherit()).await
    }

    /// Starts a program that may complain, since what it needs is taken from it.
    pub(super) async fn start_quiet(system: &System, order: &Order) -> anyhow::Result<Self> {
        Self::start_with(system, order, Stdio::null()).await
    }

    async fn start_with(system: &System, order: &Order, errors: Stdio) -> anyhow::Result<Self> {
        let mut child = Command::new(&system.program)
            .args(&system.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot run {}", system.program.display()))?;
        let mut input = child.stdin.take().context("no standard input")?;
        let output = child.stdout.take().context("no standard output")?;
        let line = serde_json::to_string(order)? + "\n";
        input.write_all(line.as_bytes()).await?;
        Ok(Self {
            name: system.name,
            child,
            answers: BufReader::new(output).lines(),
        })
    }

    /// The next thing it says.
    pub(super) async fn answer(&mut self) -> anyhow::Result<Answer> {
        let line = timeout(PATIENCE, self.answers.next_line()).await;
        let line = line.with_context(|| format!("{} says nothing", self.name))??;
        let line = line.with_context(|| format!("{} ended without an answer", self.name))?;
        serde_json::from_str(&line).with_context(|| format!("{} says {line:?}", self.name))
    }

    /// Waits until it takes jobs.
    pub(super) async fn ready(&mut self) -> anyhow::Result<()> {
        match self.answer().await? {
            Answer::Ready => Ok(()),
            other => anyhow::bail!("{} says {other:?} instead of being ready", self.name),
        }
    }

    /// Waits for the seconds that its work took.
    pub(super) async fn seconds(&mut self) -> anyhow::Result<f64> {
        match self.answer().await? {
            Answer::Done { seconds, .. } => Ok(seconds),
            other => anyhow::bail!("{} says {other:?} instead of being done", self.name),
        }
    }

    /// Waits for what it has noted.
    pub(super) async fn latencies(&mut self) -> anyhow::Result<Vec<u64>> {
        match self.answer().await? {
            Answer::Latencies { micros } => Ok(micros),
            other => anyhow::bail!("{} says {other:?} instead of latencies", self.name),
        }
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Kills it with SIGKILL, as a crash would.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("cannot kill a worker")
    }
}

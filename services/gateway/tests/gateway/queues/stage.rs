//! A consumer of runs, and what is asked again and again.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::{Consumer, ConsumerOptions, Delivery};
use mosaic_proto::job::RUNS_QUEUE;
use mosaic_testkit::service::eventually;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::super::stage::Stage;

/// Takes runs until it is dropped.
pub(super) struct Queues {
    consumer: Consumer,
    _stop: DropGuard,
}

impl Queues {
    pub(super) fn open(stage: &Stage) -> Self {
        let stop = CancellationToken::new();
        let options = ConsumerOptions::new(RUNS_QUEUE, "agent-worker", "test");
        Self {
            consumer: Consumer::open(&stage.bus, options, &TaskTracker::new(), &stop),
            _stop: stop.drop_guard(),
        }
    }

    /// The next job.
    pub(super) async fn take(&mut self) -> anyhow::Result<Delivery> {
        let next = timeout(Duration::from_secs(10), self.consumer.next(1));
        next.await??.pop().context("a delivery")
    }

    /// That there is none for a while.
    pub(super) async fn nothing(&mut self) -> anyhow::Result<()> {
        let next = timeout(Duration::from_millis(700), self.consumer.next(1)).await;
        anyhow::ensure!(next.is_err(), "{next:?}");
        Ok(())
    }
}

/// Waits until so many jobs wait.
pub(super) async fn waiting(stage: &Stage, queue: &str, count: u64) -> anyhow::Result<()> {
    eventually("jobs in the queue", async || {
        let stats = stage.bus.queue(queue).stats().await.ok()?;
        (stats.waiting == count).then_some(())
    })
    .await
}

/// A successful command by Ada.
pub(super) async fn command(stage: &Stage, path: &str, body: &Value) -> anyhow::Result<Value> {
    let response = stage.post(&format!("/api/queues/{path}"), body).await?;
    anyhow::ensure!(response.status() == 200, "{}", response.text().await?);
    Ok(response.json().await?)
}

/// A command that needs a reason.
pub(super) async fn because(stage: &Stage, path: &str) -> anyhow::Result<Value> {
    command(stage, path, &json!({"reason": "maintenance"})).await
}

/// Has Valkey do something as an operator would by hand.
pub(super) async fn by_hand(stage: &Stage, command: &str) -> anyhow::Result<()> {
    let url = reqwest::Url::parse(stage.valkey.url().expose_secret())?;
    let host = url.host_str().context("a host")?;
    let mut stream = TcpStream::connect((host, url.port().context("a port")?)).await?;
    let password = url.password().context("a password")?;
    let commands = format!("AUTH {password}\r\n{command}\r\nQUIT\r\n");
    stream.write_all(commands.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    anyhow::ensure!(!answer.contains("-ERR"), "{answer}");
    Ok(())
}

/// How the commands of this kind went, in order; each that was begun was written down before. What was refused was not begun.
pub(super) async fn audited(stage: &Stage, action: &str) -> anyhow::Result<Vec<String>> {
    let audit = stage.read(&format!("/api/audit?action={action}")).await?;
    let items = audit["items"].as_array().cloned().unwrap_or_default();
    let outcome = |entry: &Value| entry["outcome"].as_str().unwrap_or_default().to_owned();
    let mut rows = items.iter().rev().map(outcome);
    let mut ends = Vec::new();
    while let Some(row) = rows.next() {
        if row == "refused" {
            ends.push(row);
        } else {
            anyhow::ensure!(row == "requested", "{audit}");
            ends.extend(rows.next());
        }
    }
    Ok(ends)
}

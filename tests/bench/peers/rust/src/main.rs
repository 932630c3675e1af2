//! Task queues of other people, each behind the same interface, so that the jobs benchmark can measure them beside
//! Mosaic's. They are used as their documentation shows, with the options that make them fast where there are any.

mod apalis_peer;
mod bullmq_peer;
#[path = "../../../src/jobs/protocol.rs"]
mod protocol;

use std::fs::File;
use std::io::{BufRead as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;

use protocol::{Answer, Order, Payload, now_micros};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line).context("standard input holds no order")?;
    match order.system.as_str() {
        "bullmq-official" => bullmq_peer::obey(order).await,
        "apalis-redis" => apalis_peer::obey(order).await,
        other => anyhow::bail!("{other} is not known here"),
    }
}

/// Says something to the benchmark.
fn answer(answer: &Answer) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// What a handler does with a job.
enum Handler {
    /// Nothing.
    Nothing,
    /// Notes how old it is.
    Note(Mutex<Vec<u64>>),
    /// Takes its time and writes its number down.
    Record { work: Duration, file: File },
}

impl Handler {
    fn of(order: &Order) -> anyhow::Result<Self> {
        Ok(match (order.role, &order.effects) {
            (protocol::Role::Wait, _) => Self::Note(Mutex::default()),
            (protocol::Role::Work, Some(path)) => Self::Record {
                work: Duration::from_millis(order.work_ms),
                file: File::options().create(true).append(true).open(path)?,
            },
            _ => Self::Nothing,
        })
    }

    async fn handle(&self, job: &Payload) -> std::io::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Note(ages) => {
                let age = now_micros().saturating_sub(job.at);
                ages.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(age);
                Ok(())
            }
            Self::Record { work, file } => {
                tokio::time::sleep(*work).await;
                // One write of a whole line at the end of the file: lines of several processes do not mix.
                (&*file).write_all(format!("{}\n", job.n).as_bytes())
            }
        }
    }

    fn noted(&self) -> Vec<u64> {
        match self {
            Self::Note(ages) => {
                std::mem::take(&mut *ages.lock().unwrap_or_else(PoisonError::into_inner))
            }
            _ => Vec::new(),
        }
    }
}

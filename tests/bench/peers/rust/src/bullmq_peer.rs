//! BullMQ, its official port to Rust.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bullmq::options::RedisConnectionOptions;
use bullmq::types::RemoveOnFinish;
use bullmq::worker::WorkerEvent;
use bullmq::{BulkJob, Job, JobOptions, Queue, QueueOptions, Worker, WorkerOptions};
use tokio::task::JoinSet;

use crate::protocol::{Answer, Order, Payload, Role, due, now_micros};
use crate::{Handler, answer};

/// Jobs in one call, which the library sends as a pipeline.
const BULK: u64 = 500;

pub(crate) async fn obey(order: Order) -> anyhow::Result<()> {
    match order.role {
        Role::Fill => fill(&order).await,
        Role::Push => push(order).await,
        Role::Drain | Role::Wait | Role::Work => work(order).await,
    }
}

fn connection(order: &Order) -> RedisConnectionOptions {
    RedisConnectionOptions::new().url(&order.url)
}

async fn queue(order: &Order) -> anyhow::Result<Queue> {
    let options = QueueOptions::new().connection(connection(order));
    Ok(Queue::with_options(&order.queue, options).await?)
}

/// Finished jobs are removed, as Mosaic removes them.
fn job_options() -> JobOptions {
    JobOptions::new().remove_on_complete(RemoveOnFinish::Bool(true))
}

async fn fill(order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let queue = queue(order).await?;
    let mut next = 0;
    while next < order.count {
        let end = order.count.min(next + BULK);
        let jobs = (next..end).map(|n| {
            let payload = Payload::new(n, now_micros(), order.bytes);
            BulkJob::with_options("job", payload, job_options())
        });
        queue.add_bulk(jobs.collect()).await?;
        next = end;
    }
    answer(&Answer::Done {
        count: next,
        seconds: began.elapsed().as_secs_f64(),
    })
}

async fn push(order: Order) -> anyhow::Result<()> {
    let queue = Arc::new(queue(&order).await?);
    let mut pushes = JoinSet::new();
    let began = tokio::time::Instant::now();
    for n in 0..order.count {
        tokio::time::sleep_until(began + due(n, order.rate)).await;
        let queue = Arc::clone(&queue);
        let bytes = order.bytes;
        pushes.spawn(async move {
            let payload = Payload::new(n, now_micros(), bytes);
            queue
                .add("job", payload)
                .options(job_options())
                .await
                .map(|_| ())
        });
    }
    while let Some(pushed) = pushes.join_next().await {
        pushed??;
    }
    answer(&Answer::Done {
        count: order.count,
        seconds: began.elapsed().as_secs_f64(),
    })
}

async fn work(order: Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let handler = Arc::new(Handler::of(&order)?);
    let lease = Duration::from_millis(order.lease_ms);
    let options = WorkerOptions::new()
        .connection(connection(&order))
        .concurrency(order.concurrency)
        .lock_duration(lease)
        .stalled_interval(lease)
        .remove_on_complete(RemoveOnFinish::Bool(true));
    let process = {
        let handler = Arc::clone(&handler);
        move |job: Job, _| {
            let handler = Arc::clone(&handler);
            async move {
                let handled = async {
                    let payload: Payload = serde_json::from_value(job.data().clone())?;
                    anyhow::Ok(handler.handle(&payload).await?)
                };
                let failed = |error: anyhow::Error| bullmq::Error::InvalidConfig(error.to_string());
                handled
                    .await
                    .map(|()| serde_json::Value::Null)
                    .map_err(failed)
            }
        }
    };
    let worker = Worker::with_options(&order.queue, process, options).await?;
    if order.role != Role::Drain {
        answer(&Answer::Ready)?;
    }
    // It tells of a completed job once Valkey has confirmed it.
    let mut completed = 0;
    while let Some(event) = worker.next_event().await {
        match event {
            WorkerEvent::Completed { .. } => completed += 1,
            WorkerEvent::Failed { job_id, error } => eprintln!("job {job_id} failed: {error}"),
            WorkerEvent::Error(error) => eprintln!("{error}"),
            _ => {}
        }
        if completed == order.count && order.role != Role::Work {
            break;
        }
    }
    match order.role {
        Role::Wait => answer(&Answer::Latencies {
            micros: handler.noted(),
        }),
        _ => answer(&Answer::Done {
            count: completed,
            seconds: began.elapsed().as_secs_f64(),
        }),
    }
}

//! Mosaic's own queue behind the interface of the benchmark, used as the services use it.

use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use mosaic_bus::{
    Bus, BusOptions, Consumer, ConsumerOptions, Delivery, JobContext, JobError, Queue, WorkOptions,
};
use mosaic_domain::{JobId, WorkspaceId};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::answer;
use super::protocol::{Answer, Order, Payload, Role, due, now_micros};
use super::record::Record;
use super::system::MOSAIC_BATCHES;

/// Jobs in one call, which goes out as one pipeline; as many as the relay takes from the outbox at once.
pub(super) const BULK: u64 = 512;

pub(super) async fn obey(order: Order) -> anyhow::Result<()> {
    let bus = Bus::connect(BusOptions::new(order.url.clone().into())).await?;
    match order.role {
        Role::Fill => fill(&bus, &order).await,
        Role::Push => push(&bus, &order).await,
        Role::Drain if order.system == MOSAIC_BATCHES => drain_in_batches(&bus, &order).await,
        Role::Drain | Role::Wait | Role::Work => work(&bus, &order).await,
    }
}

/// A job of this number.
pub(super) fn job(order: &Order, n: u64) -> anyhow::Result<Job> {
    Ok(Job {
        id: JobId::new(Uuid::now_v7()),
        queue: order.queue.clone(),
        workspace_id: WorkspaceId::new(Uuid::nil()),
        priority: DEFAULT_PRIORITY,
        #[expect(
            clippy::disallowed_methods,
            reason = "a benchmark's clock is the real one"
        )]
        created_at: chrono::Utc::now(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: serde_json::to_string(&Payload::new(n, now_micros(), order.bytes))?,
    })
}

/// In bulk; where there is a record, as a service does it: in transactions, and from there by the relay.
async fn fill(bus: &Bus, order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    if let Some(url) = &order.postgres {
        Record::connect(url).await?.fill(bus, order).await?;
    } else {
        let queue = bus.queue(&order.queue);
        let mut next = 0;
        while next < order.count {
            let end = order.count.min(next + BULK);
            let jobs: anyhow::Result<Vec<Job>> = (next..end).map(|n| job(order, n)).collect();
            queue.push(&jobs?).await?;
            next = end;
        }
    }
    answer(&Answer::Done {
        count: order.count,
        seconds: began.elapsed().as_secs_f64(),
    })
}

async fn push(bus: &Bus, order: &Order) -> anyhow::Result<()> {
    let queue: Arc<Queue> = Arc::new(bus.queue(&order.queue));
    let mut pushes = JoinSet::new();
    let began = tokio::time::Instant::now();
    for n in 0..order.count {
        tokio::time::sleep_until(began + due(n, order.rate)).await;
        let (queue, job) = (Arc::clone(&queue), job(order, n)?);
        pushes.spawn(async move { queue.push(&[job]).await });
    }
    while let Some(pushed) = pushes.join_next().await {
        pushed??;
    }
    answer(&Answer::Done {
        count: order.count,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// Its time ends when every acknowledgement is confirmed, which is when the last task has ended.
async fn work(bus: &Bus, order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let handler = Arc::new(Handler::of(order, bus, &tracker, &token).await?);
    let options = ConsumerOptions {
        visibility: Duration::from_millis(order.lease_ms),
        ..ConsumerOptions::new(&order.queue, "bench", Uuid::now_v7())
    };
    let consumer = Consumer::open(bus, options, &tracker, &token);
    if order.role != Role::Drain {
        answer(&Answer::Ready)?;
    }
    let wanted = match order.role {
        Role::Work => u64::MAX,
        _ => order.count,
    };
    let handled = Arc::new(AtomicU64::new(0));
    let process = {
        let (handler, handled, enough) =
            (Arc::clone(&handler), Arc::clone(&handled), token.clone());
        move |job: Job, _: JobContext| {
            let (handler, handled) = (Arc::clone(&handler), Arc::clone(&handled));
            let enough = enough.clone();
            async move {
                let done = handler.handle(&job).await;
                done.map_err(|error| JobError::retry(format!("{error:#}")))?;
                if handled.fetch_add(1, Ordering::Relaxed) + 1 == wanted {
                    enough.cancel();
                }
                Ok(())
            }
        }
    };
    let options = WorkOptions::new(order.concurrency);
    mosaic_bus::work(consumer, options, &tracker, &token, process).await?;
    tracker.close();
    tracker.wait().await;
    match &*handler {
        Handler::Note(ages) => {
            let micros = std::mem::take(&mut *ages.lock().unwrap_or_else(PoisonError::into_inner));
            answer(&Answer::Latencies { micros })
        }
        _ => answer(&Answer::Done {
            count: handled.load(Ordering::Relaxed),
            seconds: began.elapsed().as_secs_f64(),
        }),
    }
}

/// The quickest way for jobs that are so small that a task for each would cost more than the work: what was taken together
/// is acknowledged together, while the next is being taken.
async fn drain_in_batches(bus: &Bus, order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let options = ConsumerOptions::new(&order.queue, "bench", Uuid::now_v7());
    let mut consumer = Consumer::open(bus, options, &tracker, &token);
    let mut acknowledged = JoinSet::new();
    let mut handled = 0;
    while handled < order.count {
        let deliveries = consumer.next(order.concurrency).await?;
        handled += u64::try_from(deliveries.len())?;
        acknowledged.spawn(Delivery::ack_all(deliveries));
    }
    while let Some(acknowledged) = acknowledged.join_next().await {
        acknowledged??;
    }
    answer(&Answer::Done {
        count: handled,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// What is done with a job.
enum Handler {
    /// Nothing.
    Nothing,
    /// Its age is noted.
    Note(Mutex<Vec<u64>>),
    /// It takes its time, its number is written down, and its effect is recorded.
    Record {
        work: Duration,
        file: File,
        record: Record,
    },
}

impl Handler {
    async fn of(
        order: &Order,
        bus: &Bus,
        tracker: &TaskTracker,
        token: &CancellationToken,
    ) -> anyhow::Result<Self> {
        if order.role == Role::Wait {
            return Ok(Self::Note(Mutex::default()));
        }
        let (Role::Work, Some(effects), Some(url)) = (order.role, &order.effects, &order.postgres)
        else {
            return Ok(Self::Nothing);
        };
        let record = Record::connect(url).await?;
        record.relay(bus, tracker, token);
        let file = File::options().create(true).append(true).open(effects);
        Ok(Self::Record {
            work: Duration::from_millis(order.work_ms),
            file: file.with_context(|| effects.display().to_string())?,
            record,
        })
    }

    async fn handle(&self, job: &Job) -> anyhow::Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Note(ages) => {
                let now = now_micros();
                let age = now.saturating_sub(payload(job)?.at);
                ages.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(age);
                Ok(())
            }
            Self::Record { work, file, record } => {
                if !record.wants(job.id).await? {
                    return Ok(());
                }
                let n = payload(job)?.n;
                tokio::time::sleep(*work).await;
                let mut file = file;
                file.write_all(format!("{n}\n").as_bytes())?;
                record.effect(job.id, n).await
            }
        }
    }
}

fn payload(job: &Job) -> anyhow::Result<Payload> {
    Ok(job.payload()?)
}

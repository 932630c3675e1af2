//! Apalis on its storage for Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use apalis::prelude::*;
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::protocol::{Answer, Order, Payload, Role, due, now_micros};
use crate::{Handler, answer};

/// Jobs in one call, which the library hands to one script.
const BULK: u64 = 500;
/// How often it looks for jobs when it found none. Left alone it looks with each sign of life, every second or later.
const LOOK: Duration = Duration::from_millis(10);

pub(crate) async fn obey(order: Order) -> anyhow::Result<()> {
    match order.role {
        Role::Fill => fill(&order).await,
        Role::Push => push(order).await,
        Role::Drain | Role::Wait | Role::Work => work(order).await,
    }
}

/// No events nobody listens to. A batch is as large as the jobs that may be under way.
async fn storage(order: &Order) -> anyhow::Result<RedisStorage<Payload, ConnectionManager>> {
    let beat = Duration::from_millis(order.lease_ms / 5).max(Duration::from_secs(1));
    let config = Config::default()
        .queue(&order.queue)
        .batch_size(order.concurrency)
        .heartbeat_interval(beat)
        .missed_heartbeats(5)
        .emit_events(false);
    let connection = apalis_redis::connect(order.url.as_str()).await?;
    Ok(RedisStorage::new(connection).with_config(config))
}

async fn fill(order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut storage = storage(order).await?;
    let mut next = 0;
    while next < order.count {
        let end = order.count.min(next + BULK);
        let jobs = (next..end).map(|n| Payload::new(n, now_micros(), order.bytes));
        storage.push_bulk(jobs.collect()).await?;
        next = end;
    }
    let seconds = began.elapsed().as_secs_f64();
    make_due(&mut storage).await?;
    answer(&Answer::Done {
        count: next,
        seconds,
    })
}

/// Every job begins as a scheduled one, and more than some 8,000 that are due at once are more than its script can take:
/// the worker ends with an error. So that it can be measured at all, they are made due here, outside of any figure.
async fn make_due(storage: &mut RedisStorage<Payload, ConnectionManager>) -> anyhow::Result<()> {
    const AT_ONCE: usize = 1_000;
    let (scheduled, active) = {
        let config = storage.get_config();
        (config.scheduled_jobs_set(), config.active_jobs_list())
    };
    let connection = storage.get_connection();
    loop {
        let popped: Vec<String> = redis::cmd("ZRANGE")
            .arg(&scheduled)
            .arg(0)
            .arg(AT_ONCE - 1)
            .query_async(connection)
            .await?;
        if popped.is_empty() {
            return Ok(());
        }
        let mut moved = redis::pipe();
        moved.atomic();
        moved.cmd("RPUSH").arg(&active).arg(&popped).ignore();
        moved.cmd("ZREM").arg(&scheduled).arg(&popped).ignore();
        moved.query_async::<()>(connection).await?;
    }
}

async fn push(order: Order) -> anyhow::Result<()> {
    let storage = storage(&order).await?;
    let mut pushes = JoinSet::new();
    let began = tokio::time::Instant::now();
    for n in 0..order.count {
        tokio::time::sleep_until(began + due(n, order.rate)).await;
        let mut storage = storage.clone();
        let bytes = order.bytes;
        pushes.spawn(async move { storage.push(Payload::new(n, now_micros(), bytes)).await });
    }
    while let Some(pushed) = pushes.join_next().await {
        pushed??;
    }
    answer(&Answer::Done {
        count: order.count,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// What the handler of every job reaches.
#[derive(Clone)]
struct Shared {
    handler: Arc<Handler>,
    handled: Arc<AtomicU64>,
    enough: Arc<Notify>,
    count: u64,
}

async fn handle(job: Payload, shared: Data<Shared>) -> Result<(), BoxDynError> {
    shared.handler.handle(&job).await?;
    if shared.handled.fetch_add(1, Ordering::Relaxed) + 1 == shared.count {
        shared.enough.notify_one();
    }
    Ok(())
}

/// It does not say when a job is acknowledged, so its time ends with the last handler.
async fn work(order: Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let shared = Shared {
        handler: Arc::new(Handler::of(&order)?),
        handled: Arc::default(),
        enough: Arc::default(),
        count: if order.role == Role::Work {
            u64::MAX
        } else {
            order.count
        },
    };
    let name = format!("worker-{}", std::process::id());
    let worker = WorkerBuilder::new(name)
        .backend(storage(&order).await?.poll_with_interval(LOOK))
        .data(shared.clone())
        .concurrency(order.concurrency)
        .parallelize(tokio::spawn)
        .build(handle);
    if order.role != Role::Drain {
        answer(&Answer::Ready)?;
    }
    tokio::select! {
        ended = worker.run() => ended?,
        () = shared.enough.notified() => {}
    }
    let count = shared.handled.load(Ordering::Relaxed);
    match order.role {
        Role::Wait => answer(&Answer::Latencies {
            micros: shared.handler.noted(),
        }),
        _ => answer(&Answer::Done {
            count,
            seconds: began.elapsed().as_secs_f64(),
        }),
    }
}

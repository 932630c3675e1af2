//! Bare streams: the fewest commands that put an entry on a stream, take it as a member of a group, and acknowledge it.
//! No queue can be faster on this machine, and none of what makes a queue is there.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use tokio::task::JoinSet;

use super::answer;
use super::protocol::{Answer, Order, Payload, Role, due, now_micros};
use super::system::RAW_REMOVING;

const GROUP: &str = "bench";
/// Entries in one pipeline.
const BULK: u64 = 512;
/// How long one read blocks.
const BLOCK: Duration = Duration::from_secs(1);

type Entry = (String, Vec<(String, String)>);
type Entries = Option<Vec<(String, Vec<Entry>)>>;

pub(super) async fn obey(order: Order) -> anyhow::Result<()> {
    let client = redis::Client::open(order.url.as_str())?;
    let config = redis::AsyncConnectionConfig::new().set_response_timeout(Some(BLOCK * 30));
    let connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    match order.role {
        Role::Fill => fill(connection, &order).await,
        Role::Push => push(connection, &order).await,
        Role::Drain => drain(connection, &order).await,
        Role::Wait => wait(connection, client, &order).await,
        Role::Work => anyhow::bail!("bare streams do not give anything back"),
    }
}

fn add(order: &Order, n: u64) -> anyhow::Result<redis::Cmd> {
    let mut add = redis::cmd("XADD");
    let data = serde_json::to_string(&Payload::new(n, now_micros(), order.bytes))?;
    add.arg(&order.queue).arg("*").arg("data").arg(data);
    Ok(add)
}

fn done(order: &Order, began: Instant) -> anyhow::Result<()> {
    answer(&Answer::Done {
        count: order.count,
        seconds: began.elapsed().as_secs_f64(),
    })
}

async fn fill(mut connection: MultiplexedConnection, order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut next = 0;
    while next < order.count {
        let end = order.count.min(next + BULK);
        let mut pipeline = redis::pipe();
        for n in next..end {
            pipeline.add_command(add(order, n)?).ignore();
        }
        pipeline.query_async::<()>(&mut connection).await?;
        next = end;
    }
    done(order, began)
}

async fn push(connection: MultiplexedConnection, order: &Order) -> anyhow::Result<()> {
    let mut pushes = JoinSet::new();
    let began = Instant::now();
    let start = tokio::time::Instant::now();
    for n in 0..order.count {
        tokio::time::sleep_until(start + due(n, order.rate)).await;
        let (mut connection, add) = (connection.clone(), add(order, n)?);
        pushes.spawn(async move { add.query_async::<()>(&mut connection).await });
    }
    while let Some(pushed) = pushes.join_next().await {
        pushed??;
    }
    done(order, began)
}

async fn group(connection: &mut MultiplexedConnection, order: &Order) -> anyhow::Result<()> {
    redis::cmd("XGROUP")
        .arg("CREATE")
        .arg(&order.queue)
        .arg(GROUP)
        .arg("0")
        .arg("MKSTREAM")
        .query_async::<()>(connection)
        .await?;
    Ok(())
}

fn read(order: &Order, block: Option<Duration>) -> redis::Cmd {
    let mut read = redis::cmd("XREADGROUP");
    read.arg("GROUP").arg(GROUP).arg("consumer");
    read.arg("COUNT").arg(order.concurrency);
    if let Some(block) = block {
        read.arg("BLOCK")
            .arg(u64::try_from(block.as_millis()).unwrap_or(u64::MAX));
    }
    read.arg("STREAMS").arg(&order.queue).arg(">");
    read
}

fn acknowledge(pipeline: &mut redis::Pipeline, order: &Order, ids: &[String]) {
    pipeline
        .cmd("XACK")
        .arg(&order.queue)
        .arg(GROUP)
        .arg(ids)
        .ignore();
    if order.system == RAW_REMOVING {
        pipeline.cmd("XDEL").arg(&order.queue).arg(ids).ignore();
    }
}

/// One batch is acknowledged in the same round trip that takes the next.
async fn drain(mut connection: MultiplexedConnection, order: &Order) -> anyhow::Result<()> {
    let began = Instant::now();
    group(&mut connection, order).await?;
    let (mut acknowledged, mut ids): (u64, Vec<String>) = (0, Vec::new());
    while acknowledged < order.count {
        let mut pipeline = redis::pipe();
        if !ids.is_empty() {
            acknowledge(&mut pipeline, order, &ids);
        }
        pipeline.add_command(read(order, None));
        let (entries,): (Entries,) = pipeline.query_async(&mut connection).await?;
        acknowledged += u64::try_from(ids.len())?;
        let entries = entries
            .into_iter()
            .flatten()
            .flat_map(|(_, entries)| entries);
        ids = entries.map(|(id, _)| id).collect();
    }
    done(order, began)
}

async fn wait(
    mut connection: MultiplexedConnection,
    client: redis::Client,
    order: &Order,
) -> anyhow::Result<()> {
    group(&mut connection, order).await?;
    let shared = client.get_multiplexed_async_connection().await?;
    answer(&Answer::Ready)?;
    let wanted = usize::try_from(order.count)?;
    let mut micros = Vec::with_capacity(wanted);
    let mut acknowledgements = JoinSet::new();
    while micros.len() < wanted {
        let entries: Entries = read(order, Some(BLOCK))
            .query_async(&mut connection)
            .await?;
        let now = now_micros();
        let mut ids = Vec::new();
        for (id, fields) in entries
            .into_iter()
            .flatten()
            .flat_map(|(_, entries)| entries)
        {
            for (_, data) in fields {
                let payload: Payload = serde_json::from_str(&data)?;
                micros.push(now.saturating_sub(payload.at));
            }
            ids.push(id);
        }
        if ids.is_empty() {
            continue;
        }
        let mut pipeline = redis::pipe();
        acknowledge(&mut pipeline, order, &ids);
        let mut shared = shared.clone();
        acknowledgements.spawn(async move { pipeline.query_async::<()>(&mut shared).await });
    }
    while let Some(acknowledged) = acknowledgements.join_next().await {
        acknowledged??;
    }
    answer(&Answer::Latencies { micros })
}

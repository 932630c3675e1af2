use std::sync::Arc;
use std::time::{Duration, Instant};

use mosaic_bus::{Bus, BusOptions, Relay};
use mosaic_testkit::{TestDatabase, TestValkey};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::{connect, eventually, queue, record};

const JOBS: u32 = 3_000;
const EVENTS: u32 = 40_000;

async fn published(database: &TestDatabase) -> bool {
    let query = "SELECT count(*) FROM outbox
                 WHERE life = 0 OR life < (SELECT max(life) FROM bus_lives)";
    database.number(query).await.unwrap() == 0
}

#[tokio::test]
async fn several_relays_fill_an_emptied_valkey_together_each_entry_once_and_jobs_first() {
    let (database, _storage) = record().await;
    let mut valkey = TestValkey::start().await.unwrap();
    let bus = Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    queue(&database, "event", EVENTS).await;
    queue(&database, "job", JOBS).await;
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..3 {
        let outbox = Arc::new(connect(&database).await);
        let _ = Relay::start(bus.clone(), outbox, &tracker, token.clone());
    }
    eventually(async || published(&database).await).await;
    let work = bus.queue("work");
    let waiting = async || work.stats().await.map_or(0, |stats| stats.waiting);
    assert_eq!(waiting().await, u64::from(JOBS), "each job once");

    valkey.wipe().await.unwrap();
    let emptied = Instant::now();
    eventually(async || waiting().await >= u64::from(JOBS)).await;
    let filled = emptied.elapsed();
    let left = "SELECT count(*) FROM outbox
                WHERE kind = 'event' AND life < (SELECT max(life) FROM bus_lives)";
    let left = database.number(left).await.unwrap();
    eprintln!("all jobs after {filled:?}, with {left} of {EVENTS} events left");
    assert!(left > 0, "the jobs did not wait for the events");
    eventually(async || published(&database).await).await;
    eprintln!("all after {:?}", emptied.elapsed());
    assert_eq!(waiting().await, u64::from(JOBS), "each job once");
    let lives = database.number("SELECT count(*) FROM bus_lives").await;
    assert_eq!(lives.unwrap(), 2);
    token.cancel();
    tracker.close();
    tracker.wait().await;
}

#[tokio::test]
async fn what_was_marked_for_a_life_that_ended_while_nobody_looked_is_published_by_the_next_relay()
{
    let (database, storage) = record().await;
    let mut valkey = TestValkey::start().await.unwrap();
    let bus = Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    queue(&database, "job", 5).await;
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let _ = Relay::start(
        bus.clone(),
        Arc::new(storage.clone()),
        &tracker,
        token.clone(),
    );
    eventually(async || published(&database).await).await;
    token.cancel();
    tracker.close();
    tracker.wait().await;
    valkey.wipe().await.unwrap();

    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let _ = Relay::start(bus.clone(), Arc::new(storage), &tracker, token.clone());
    let work = bus.queue("work");
    eventually(async || work.stats().await.is_ok_and(|stats| stats.waiting == 5)).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(work.stats().await.unwrap().waiting, 5, "and only once");
    token.cancel();
}

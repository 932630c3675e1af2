use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use mosaic_bus::{BoxError, Health, Outbox, Relay};
use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use tokio::time::{Instant, sleep};

use crate::support::{event, eventually, job, one, private, raw, shared, within};

/// An outbox table in memory, with the rules of the real one.
#[derive(Default)]
struct Table {
    rows: Mutex<Vec<Row>>,
    broken: Mutex<bool>,
}

struct Row {
    entry: OutboxEntry,
    committed: Instant,
    published: bool,
}

impl Table {
    fn commit(&self, entries: &[OutboxEntry]) {
        self.rows
            .lock()
            .unwrap()
            .extend(entries.iter().map(|entry| Row {
                entry: entry.clone(),
                committed: Instant::now(),
                published: false,
            }));
    }

    fn all_published(&self) -> bool {
        self.rows.lock().unwrap().iter().all(|row| row.published)
    }

    fn check(&self) -> Result<(), BoxError> {
        if *self.broken.lock().unwrap() {
            return Err("Postgres is away".into());
        }
        Ok(())
    }
}

#[async_trait]
impl Outbox for Table {
    async fn unpublished(
        &self,
        older_than: Duration,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, BoxError> {
        self.check()?;
        let rows = self.rows.lock().unwrap();
        let left = rows
            .iter()
            .filter(|row| !row.published && row.committed.elapsed() >= older_than);
        Ok(left.take(limit).map(|row| row.entry.clone()).collect())
    }

    async fn mark_published(&self, ids: &[JobId]) -> Result<(), BoxError> {
        self.check()?;
        let ids: HashSet<_> = ids.iter().collect();
        for row in self.rows.lock().unwrap().iter_mut() {
            row.published |= ids.contains(&row.entry.id());
        }
        Ok(())
    }

    async fn reopen(&self) -> Result<u64, BoxError> {
        self.check()?;
        let mut rows = self.rows.lock().unwrap();
        for row in rows.iter_mut() {
            row.published = false;
        }
        Ok(rows.len() as u64)
    }
}

fn jobs(count: usize) -> Vec<OutboxEntry> {
    (0..count).map(|_| OutboxEntry::Job(job())).collect()
}

#[tokio::test]
async fn what_is_handed_to_the_relay_is_published_and_marked_at_once() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    within(relay.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
    let mut entries = jobs(3);
    entries.push(OutboxEntry::Event(event("message.created")));
    table.commit(&entries);
    let started = Instant::now();
    relay.publish(entries);
    eventually(async || table.all_published()).await;
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "not by the scan"
    );
    let stats = test.bus.queue("work").stats().await.unwrap();
    assert_eq!(stats.waiting, 3);
    assert_eq!(test.bus.events().domains().await.unwrap(), ["message"]);
}

#[tokio::test]
async fn what_a_crashed_process_left_in_the_outbox_is_found_by_the_scan() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let _relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    sleep(Duration::from_millis(200)).await;
    table.commit(&jobs(1200));
    eventually(async || table.all_published()).await;
    assert_eq!(test.bus.queue("work").stats().await.unwrap().waiting, 1200);
}

#[tokio::test]
async fn a_valkey_that_comes_back_empty_is_filled_from_the_outbox() {
    let (test, mut valkey) = private().await;
    let table = Arc::new(Table::default());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    let entries = jobs(700);
    table.commit(&entries);
    relay.publish(entries.clone());
    eventually(async || table.all_published()).await;
    let mut consumer = test.consumer("a");
    let held = one(&mut consumer).await;

    valkey.wipe().await.unwrap();
    let wanted: HashSet<JobId> = entries.iter().map(OutboxEntry::id).collect();
    let mut seen = HashMap::new();
    while seen.len() < wanted.len() {
        for delivery in within(consumer.next(50)).await.unwrap() {
            *seen.entry(delivery.job.id).or_insert(0) += 1;
            delivery.ack().await.unwrap();
        }
    }
    assert_eq!(seen.keys().copied().collect::<HashSet<_>>(), wanted);
    held.ack().await.unwrap();
    within(relay.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_valkey_that_was_emptied_without_a_restart_is_filled_too_by_every_relay_that_knew_it() {
    let (test, _valkey) = private().await;
    let tables = [Arc::new(Table::default()), Arc::new(Table::default())];
    for table in &tables {
        table.commit(&jobs(5));
        let _ = Relay::start(
            test.bus.clone(),
            table.clone(),
            &test.tracker,
            test.token.clone(),
        );
    }
    eventually(async || tables.iter().all(|table| table.all_published())).await;
    sleep(Duration::from_millis(1500)).await; // both know the name of this life
    let mut raw = raw(&test).await;
    let _: String = redis::cmd("FLUSHALL").query_async(&mut raw).await.unwrap();
    let queue = test.bus.queue("work");
    eventually(async || queue.stats().await.unwrap().waiting >= 10).await;
    eventually(async || tables.iter().all(|table| table.all_published())).await;
}

#[tokio::test]
async fn an_outbox_that_cannot_be_marked_delays_nothing_and_loses_nothing() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    within(relay.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
    let entries = jobs(2);
    table.commit(&entries);
    *table.broken.lock().unwrap() = true;
    relay.publish(entries);
    let queue = test.bus.queue("work");
    eventually(async || queue.stats().await.unwrap().waiting >= 2).await;
    within(
        relay
            .health()
            .wait_for(|health| matches!(health, Health::Failing { .. })),
    )
    .await
    .unwrap();
    *table.broken.lock().unwrap() = false;
    eventually(async || table.all_published()).await;
    within(relay.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_entry_that_valkey_refuses_does_not_hold_up_the_others() {
    let test = shared().await;
    let mut raw = raw(&test).await;
    let _: () = redis::cmd("SET")
        .arg(test.bus.keys().events("message"))
        .arg("not a stream")
        .query_async(&mut raw)
        .await
        .unwrap();
    let table = Arc::new(Table::default());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    let good = jobs(1);
    let bad = OutboxEntry::Event(event("message.created"));
    table.commit(&[bad.clone(), good[0].clone()]);
    relay.publish(vec![bad, good[0].clone()]);
    let mut consumer = test.consumer("a");
    assert_eq!(one(&mut consumer).await.job.id, good[0].id());
}

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mosaic_bus::{Health, Relay};
use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::support::{event, eventually, job, one, private, raw, shared, within};
use crate::table::{Table, number};

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
async fn what_another_holds_while_it_is_marked_is_marked_the_next_time_and_published_once() {
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
    let entries = jobs(3);
    table.commit(&entries);
    table.held.lock().unwrap().insert(entries[1].id());
    relay.publish(entries);
    eventually(async || table.marks.load(Ordering::Relaxed) >= 1).await;
    assert!(!table.all_published());
    table.held.lock().unwrap().clear();
    eventually(async || table.all_published()).await;
    let queue = test.bus.queue("work");
    assert_eq!(queue.stats().await.unwrap().waiting, 3);
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

#[tokio::test]
async fn what_is_handed_over_one_by_one_is_published_at_once_and_marked_together() {
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
    let queue = test.bus.queue("work");
    for count in 1..=40 {
        let entries = jobs(1);
        table.commit(&entries);
        relay.publish(entries);
        eventually(async || queue.stats().await.unwrap().waiting == count).await;
    }
    eventually(async || table.all_published()).await;
    let marks = table.marks.load(Ordering::Relaxed);
    assert!(marks <= 10, "{marks} statements for 40 entries");
}

#[tokio::test]
async fn a_relay_that_was_handed_entries_before_its_first_look_publishes_them_to_a_life_it_knows() {
    let (test, mut valkey) = private().await;
    let table = Arc::new(Table::default());
    let first = jobs(1);
    table.commit(&first);
    let old = CancellationToken::new();
    let relay = Relay::start(test.bus.clone(), table.clone(), &test.tracker, old.clone());
    relay.publish(first);
    eventually(async || table.all_published()).await;
    old.cancel();
    valkey.wipe().await.unwrap();

    let second = jobs(1);
    table.commit(&second);
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    relay.publish(second);
    let queue = test.bus.queue("work");
    eventually(async || queue.stats().await.unwrap().waiting == 2).await;
    eventually(async || table.all_published()).await;
    assert_eq!(table.lives.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn while_a_long_backlog_is_published_what_is_handed_over_does_not_wait_for_its_end() {
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
    table.commit(&jobs(60_000));
    let queue = test.bus.queue("work");
    eventually(async || queue.stats().await.unwrap().waiting > 0).await;
    let fresh = jobs(1);
    table.commit(&fresh);
    relay.publish(fresh.clone());
    let published = || {
        let life = number(table.lives.lock().unwrap().len());
        let rows = table.rows.lock().unwrap();
        let row = rows.iter().find(|row| row.entry.id() == fresh[0].id());
        row.is_some_and(|row| row.life == life)
    };
    eventually(async || published()).await;
    assert!(
        !table.all_published(),
        "the backlog was too short to tell anything"
    );
}

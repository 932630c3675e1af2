use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use mosaic_bus::{Health, QueueOperator, Rebuilt, Relay};
use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};
use tokio::time::timeout;

use crate::support::{
    TestBus, eventually, job, one, ordered, private, raw, server_time, shared, within,
};
use crate::table::Table;

async fn relay(test: &TestBus, table: &Arc<Table>) -> mosaic_bus::RelayHandle {
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    within(relay.health().wait_for(Health::is_healthy))
        .await
        .unwrap();
    relay
}

fn publish(table: &Table, relay: &mosaic_bus::RelayHandle, jobs: &[Job]) {
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    relay.publish(entries);
}

#[tokio::test]
async fn a_queue_is_rebuilt_while_valkey_lives_and_what_is_in_work_or_dead_stays_where_it_is() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = relay(&test, &table).await;
    let mut jobs: Vec<Job> = (0..700).map(|_| job()).collect();
    jobs.extend((0..4).map(|n| ordered("chat", n)));
    publish(&table, &relay, &jobs);
    eventually(async || table.all_published()).await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    let held = one(&mut consumer).await;
    one(&mut consumer).await.fail("broken").await.unwrap();
    // Somebody tampered with the queue: entries are gone, that in work too, and one is there that nobody knows.
    let mut raw = raw(&test).await;
    let _: u64 = redis::cmd("XTRIM")
        .arg(test.bus.keys().lane("work", mosaic_bus::Lane::Normal))
        .arg(&["MAXLEN", "=", "300"])
        .query_async(&mut raw)
        .await
        .unwrap();
    queue.push(&[job()]).await.unwrap();

    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let rebuilt = operator.rebuild("work").await.unwrap();
    assert!(rebuilt.removed >= 300, "{rebuilt:?}");
    assert_eq!(rebuilt.pushed + rebuilt.left, 704);
    let mut seen: HashMap<JobId, u32> = HashMap::new();
    let mut order = Vec::new();
    while seen.len() < 703 {
        for delivery in within(consumer.next(50)).await.unwrap() {
            *seen.entry(delivery.job.id).or_default() += 1;
            if delivery.job.ordering_key.is_some() {
                order.push(delivery.job.data.clone());
            }
            table.finish(delivery.job.id);
            delivery.ack().await.unwrap();
        }
    }
    assert!(seen.values().all(|count| *count == 1));
    assert_eq!(order, ["0", "1", "2", "3"]);
    held.ack().await.unwrap();
    assert_eq!(
        queue.stats().await.unwrap().dead,
        1,
        "it waits for an operator"
    );
}

#[tokio::test]
async fn a_rebuild_frees_a_key_whose_job_in_front_was_removed_by_hand() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = relay(&test, &table).await;
    let jobs: Vec<Job> = (0..3).map(|n| ordered("chat", n)).collect();
    publish(&table, &relay, &jobs);
    eventually(async || table.all_published()).await;
    let mut raw = raw(&test).await;
    let _: u64 = redis::cmd("XTRIM")
        .arg(test.bus.keys().lane("work", mosaic_bus::Lane::Normal))
        .arg(&["MAXLEN", "=", "0"])
        .query_async(&mut raw)
        .await
        .unwrap();
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let rebuilt = operator.rebuild("work").await.unwrap();
    let wanted = Rebuilt {
        removed: 2,
        pushed: 3,
        left: 0,
    };
    assert_eq!(rebuilt, wanted);
    let mut consumer = test.consumer("a");
    for job in &jobs {
        let delivery = one(&mut consumer).await;
        assert_eq!(&delivery.job, job);
        delivery.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_rebuild_under_load_loses_nothing() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = relay(&test, &table).await;
    let done = Arc::new(std::sync::Mutex::new(HashSet::new()));
    for n in 0..3 {
        let mut consumer = test.consumer(&format!("consumer {n}"));
        let (done, table) = (Arc::clone(&done), Arc::clone(&table));
        test.tracker.spawn(async move {
            while let Ok(deliveries) = consumer.next(5).await {
                for delivery in deliveries {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    table.finish(delivery.job.id);
                    done.lock().unwrap().insert(delivery.job.id);
                    let _ = delivery.ack().await;
                }
            }
        });
    }
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let mut wanted = HashSet::new();
    for n in 0..40_u32 {
        let jobs: Vec<Job> = (0..25)
            .map(|at| match at % 3 {
                0 => ordered(&format!("key {}", at % 4), n),
                _ => job(),
            })
            .collect();
        wanted.extend(jobs.iter().map(|job| job.id));
        publish(&table, &relay, &jobs);
        if n % 8 == 4 {
            operator.rebuild("work").await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    eventually(async || *done.lock().unwrap() == wanted).await;
}

#[tokio::test]
async fn all_queues_are_rebuilt_after_everything_was_flushed() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let jobs: Vec<Job> = (0..10).map(|_| job()).collect();
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let rebuilt = operator.rebuild_all().await.unwrap();
    let wanted = Rebuilt {
        removed: 0,
        pushed: 10,
        left: 0,
    };
    assert_eq!(rebuilt, [("work".to_owned(), wanted)]);
    assert!(table.all_published(), "no relay does it again");
    assert_eq!(test.bus.queue("work").stats().await.unwrap().waiting, 10);
}

#[tokio::test]
async fn delayed_and_ordered_jobs_come_as_they_should_after_valkey_was_emptied() {
    let (test, _valkey) = private().await;
    let table = Arc::new(Table::default());
    let relay = relay(&test, &table).await;
    let mut later = job();
    let due = (server_time(&test).await + Duration::from_secs(5)).timestamp_millis();
    let due = DateTime::from_timestamp_millis(due).unwrap();
    later.not_before = Some(due);
    let mut jobs: Vec<Job> = (0..3).map(|n| ordered("chat", n)).collect();
    jobs.push(later.clone());
    publish(&table, &relay, &jobs);
    eventually(async || table.all_published()).await;
    let mut raw = raw(&test).await;
    let _: () = redis::cmd("FLUSHALL").query_async(&mut raw).await.unwrap();

    let mut consumer = test.consumer("a");
    for job in &jobs[..3] {
        let delivery = one(&mut consumer).await;
        assert_eq!(&delivery.job, job);
        table.finish(delivery.job.id);
        delivery.ack().await.unwrap();
    }
    assert!(
        server_time(&test).await < due,
        "this machine is too slow for this test"
    );
    let delivery = one(&mut consumer).await;
    assert!(server_time(&test).await >= due);
    assert_eq!(delivery.job, later);
    table.finish(later.id);
    delivery.ack().await.unwrap();
    let none = timeout(Duration::from_millis(1500), consumer.next(1)).await;
    assert!(none.is_err());
}

#[tokio::test]
async fn a_job_that_is_pushed_during_a_rebuild_does_not_overtake_older_ones_of_its_key() {
    const JOBS: u32 = 600; // More than one page of the record, and more than one call of each script.
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    let mut jobs: Vec<Job> = (0..JOBS).map(|n| ordered("chat", n)).collect();
    for (second, job) in (0..).zip(&mut jobs) {
        job.created_at = DateTime::from_timestamp(second, 0).unwrap();
    }
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    queue.push(&jobs).await.unwrap();
    let newest = jobs[599].clone();
    *table.pushed_meanwhile.lock().unwrap() = Some((queue.clone(), vec![newest]));
    let rebuilt = operator.rebuild("work").await.unwrap();
    let wanted = Rebuilt {
        removed: 600,
        pushed: 600,
        left: 0,
    };
    assert_eq!(rebuilt, wanted);
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.ordered), (1, 599));
    let mut consumer = test.consumer("a");
    for wanted in &jobs {
        let delivery = one(&mut consumer).await;
        assert_eq!(&delivery.job, wanted);
        delivery.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_rebuild_that_nobody_ends_is_ended_by_consumers_when_its_time_has_come() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let filling = test.bus.keys().paused("work").replace("paused", "filling");
    let far = (server_time(&test).await + Duration::from_hours(1)).timestamp_millis();
    let mut raw = raw(&test).await;
    let _: () = redis::cmd("SET")
        .arg(&filling)
        .arg(far)
        .query_async(&mut raw)
        .await
        .unwrap();
    let jobs = [ordered("chat", 0), ordered("chat", 1), ordered("other", 0)];
    queue.push(&jobs).await.unwrap();
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.ordered), (0, 3), "nobody is let in");
    let _: () = redis::cmd("SET")
        .arg(&filling)
        .arg(1)
        .query_async(&mut raw)
        .await
        .unwrap();
    let mut consumer = test.consumer("a");
    let mut seen = HashSet::new();
    for _ in &jobs {
        let delivery = one(&mut consumer).await;
        assert!(seen.insert(delivery.job.id));
        delivery.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_rebuild_writes_dead_letters_anew_that_somebody_removed_while_their_jobs_are_set_aside() {
    const JOBS: u64 = 600; // More than one page of the record.
    let test = shared().await;
    let table = Arc::new(Table::default());
    let relay = relay(&test, &table).await;
    let jobs: Vec<Job> = (0..JOBS).map(|_| job()).collect();
    publish(&table, &relay, &jobs);
    eventually(async || table.all_published()).await;
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    assert_eq!(operator.drain("work", "poisoned").await.unwrap(), JOBS);
    let mut raw = raw(&test).await;
    let _: u64 = redis::cmd("XTRIM")
        .arg(test.bus.keys().dead("work"))
        .arg(&["MAXLEN", "=", "5"])
        .query_async(&mut raw)
        .await
        .unwrap();
    for _ in 0..2 {
        let rebuilt = operator.rebuild("work").await.unwrap();
        assert_eq!(rebuilt, Rebuilt::default(), "nobody is to do them");
        let stats = queue.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.dead), (0, JOBS));
    }
    let dead = queue.dead(1000).await.unwrap();
    assert!(
        dead.iter()
            .all(|dead| dead.reason == "poisoned" && dead.drained)
    );
    assert_eq!(operator.retry_all_dead("work", 1000).await.unwrap(), 600);
    let rows = table.rows.lock().unwrap();
    assert!(rows.iter().all(|row| row.set_aside.is_none()), "wanted");
}

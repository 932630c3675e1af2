use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{QueueOperator, Relay};
use mosaic_proto::job::{Job, OutboxEntry};
use tokio::time::timeout;

use crate::support::{eventually, job, one, private, raw, shared};
use crate::table::Table;

fn once(key: &str) -> Job {
    Job {
        idempotency_key: Some(key.to_owned()),
        ..job()
    }
}

#[tokio::test]
async fn of_two_jobs_with_one_idempotency_key_only_the_first_is_done() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let (first, second, other) = (once("daily"), once("daily"), once("weekly"));
    let pushed = queue
        .push(&[first.clone(), second.clone(), other.clone()])
        .await
        .unwrap();
    assert_eq!(pushed.absorbed, [second.id]);
    let mut consumer = test.consumer("a");
    for wanted in [&first, &other] {
        let delivery = one(&mut consumer).await;
        assert_eq!(&delivery.job, wanted);
        delivery.ack().await.unwrap();
    }
    let again = queue.push(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!(again.absorbed, [second.id], "also after the first is done");
    assert!(
        timeout(Duration::from_millis(150), consumer.next(1))
            .await
            .is_err()
    );
    let same = queue.push(std::slice::from_ref(&first)).await.unwrap();
    assert!(same.absorbed.is_empty(), "the relay may repeat itself");
    assert_eq!(one(&mut consumer).await.job, first);

    let mut raw = raw(&test).await;
    let lasts: i64 = redis::cmd("PTTL")
        .arg(test.bus.keys().once("work", "daily"))
        .query_async(&mut raw)
        .await
        .unwrap();
    assert!((86_000_000..=86_400_000).contains(&lasts), "{lasts}");
}

#[tokio::test]
async fn a_key_whose_job_is_never_done_is_free_when_its_time_is_over_however_often_others_want_it()
{
    let test = shared().await;
    let queue = test.bus.queue("work");
    let (first, second) = (once("daily"), once("daily"));
    queue.push(std::slice::from_ref(&first)).await.unwrap();
    // What it was about is gone, and so is the job.
    queue.drain("gone").await.unwrap();
    let marker = test.bus.keys().once("work", "daily");
    let mut raw = raw(&test).await;
    let _: u32 = redis::cmd("PEXPIRE")
        .arg(&marker)
        .arg(60_000)
        .query_async(&mut raw)
        .await
        .unwrap();
    for _ in 0..3 {
        let pushed = queue.push(std::slice::from_ref(&second)).await.unwrap();
        assert_eq!(pushed.absorbed, [second.id]);
    }
    let left: i64 = redis::cmd("PTTL")
        .arg(&marker)
        .query_async(&mut raw)
        .await
        .unwrap();
    assert!((1..=60_000).contains(&left), "{left}");
    let _: u32 = redis::cmd("PEXPIRE")
        .arg(&marker)
        .arg(0)
        .query_async(&mut raw)
        .await
        .unwrap();
    let pushed = queue.push(std::slice::from_ref(&second)).await.unwrap();
    assert!(pushed.absorbed.is_empty());
    assert_eq!(one(&mut test.consumer("a")).await.job, second);
}

#[tokio::test]
async fn the_key_of_a_discarded_dead_letter_is_free() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let (first, second) = (once("daily"), once("daily"));
    queue.push(std::slice::from_ref(&first)).await.unwrap();
    let mut consumer = test.consumer("a");
    one(&mut consumer).await.fail("no").await.unwrap();
    let pushed = queue.push(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!(
        pushed.absorbed,
        [second.id],
        "a dead letter can still be done"
    );
    let dead = queue.dead(1).await.unwrap().remove(0);
    assert!(queue.discard_dead(&dead.entry_id).await.unwrap());
    assert!(!queue.discard_dead(&dead.entry_id).await.unwrap());
    let pushed = queue.push(std::slice::from_ref(&second)).await.unwrap();
    assert!(pushed.absorbed.is_empty());
    assert_eq!(one(&mut consumer).await.job, second);
}

#[tokio::test]
async fn an_absorbed_job_is_forgotten_by_the_outbox_and_does_not_come_with_the_next_life() {
    let (test, mut valkey) = private().await;
    let table = Arc::new(Table::default());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    let (first, second) = (once("daily"), once("daily"));
    for job in [&first, &second] {
        let entries = vec![OutboxEntry::Job(job.clone())];
        table.commit(&entries);
        relay.publish(entries);
    }
    eventually(async || !table.has(second.id) && table.all_published()).await;
    valkey.wipe().await.unwrap();
    let mut consumer = test.consumer("a");
    let delivery = one(&mut consumer).await;
    assert_eq!(delivery.job, first);
    table.finish(first.id);
    delivery.ack().await.unwrap();
    assert!(
        timeout(Duration::from_secs(3), consumer.next(1))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_job_that_waits_for_its_next_attempt_is_not_queued_beside_itself() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let job = Job {
        idempotency_key: Some("daily".to_owned()),
        ..job()
    };
    queue.push(std::slice::from_ref(&job)).await.unwrap();
    let mut consumer = test.consumer("a");
    let delivery = one(&mut consumer).await;
    delivery.retry(Duration::from_hours(1)).await.unwrap();
    queue.push(std::slice::from_ref(&job)).await.unwrap();
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.delayed, stats.waiting), (1, 0));
}

#[tokio::test]
async fn a_job_that_is_set_aside_keeps_its_key_when_its_dead_letter_is_written_anew() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    let (first, second) = (once("daily"), once("daily"));
    table.commit(&[OutboxEntry::Job(first.clone())]);
    queue.push(std::slice::from_ref(&first)).await.unwrap();
    assert_eq!(operator.drain("work", "poisoned").await.unwrap(), 1);
    let mut raw = raw(&test).await;
    let keys = test.bus.keys();
    let gone: u32 = redis::cmd("DEL")
        .arg(keys.dead("work"))
        .arg(keys.once("work", "daily"))
        .query_async(&mut raw)
        .await
        .unwrap();
    assert_eq!(gone, 2);
    operator.rebuild("work").await.unwrap();
    let pushed = queue.push(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!(pushed.absorbed, [second.id]);
    assert_eq!(operator.retry_all_dead("work", 10).await.unwrap(), 1);
    assert_eq!(one(&mut test.consumer("a")).await.job, first);
}

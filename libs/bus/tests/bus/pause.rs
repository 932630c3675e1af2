use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use mosaic_bus::{Pause, QueueOperator, Relay};
use mosaic_proto::job::{Job, OutboxEntry};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::support::{
    TestBus, eventually, job, job_of, one, private, raw, server_time, shared, within,
};
use crate::table::Table;

const QUIET: Duration = Duration::from_millis(200);

fn a_pause() -> Pause {
    Pause {
        id: Uuid::new_v4(),
        queue: "work".to_owned(),
        reason: "the model provider is away".to_owned(),
        by: "ada".to_owned(),
        at: DateTime::<Utc>::UNIX_EPOCH,
    }
}

async fn push(test: &TestBus, jobs: &[Job]) {
    test.bus.queue("work").push(jobs).await.unwrap();
}

#[tokio::test]
async fn a_paused_queue_takes_jobs_in_and_hands_none_out_not_even_to_a_blocked_reader() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    push(&test, &[job()]).await;
    let held = one(&mut consumer).await;
    let waiting = test.tracker.spawn(async move {
        let delivery = one(&mut consumer).await;
        (consumer, delivery, Instant::now())
    });
    sleep(Duration::from_millis(100)).await;
    let pause = a_pause();
    assert_eq!(queue.pause(&pause).await.unwrap(), 1);
    assert_eq!(queue.pause(&pause).await.unwrap(), 1);
    assert_eq!(queue.paused().await.unwrap(), Some(pause));
    let jobs = [job_of(9), job(), job_of(1)];
    push(&test, &jobs).await;
    sleep(QUIET).await;
    let stats = queue.stats().await.unwrap();
    assert!(stats.paused);
    assert_eq!((stats.waiting, stats.pending), (3, 1));
    assert!(stats.oldest_age.unwrap() >= QUIET / 2);
    held.ack().await.unwrap();
    assert!(!waiting.is_finished());

    let resumed = Instant::now();
    assert!(queue.resume().await.unwrap());
    assert!(!queue.resume().await.unwrap());
    let (mut consumer, first, at) = within(waiting).await.unwrap();
    assert!(
        at.duration_since(resumed) < Duration::from_millis(500),
        "who waits is woken"
    );
    let mut seen = vec![first.job.clone()];
    first.ack().await.unwrap();
    while seen.len() < 3 {
        let delivery = one(&mut consumer).await;
        assert!(!seen.contains(&delivery.job));
        seen.push(delivery.job.clone());
        delivery.ack().await.unwrap();
    }
    assert!(jobs.iter().all(|job| seen.contains(job)));
    assert!(!queue.is_paused().await.unwrap());
}

#[tokio::test]
async fn no_consumer_hands_out_anything_after_a_pause_has_returned() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let paused = Arc::new(AtomicBool::new(false));
    let (late, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    for n in 0..6 {
        let mut consumer = test.consumer(&format!("consumer {n}"));
        let (paused, late, done) = (Arc::clone(&paused), Arc::clone(&late), Arc::clone(&done));
        test.tracker.spawn(async move {
            loop {
                let was_paused = paused.load(Ordering::SeqCst);
                // Given up again and again, so that some jobs arrive when nobody waits any more.
                let deliveries = match timeout(Duration::from_millis(3), consumer.next(4)).await {
                    Ok(Ok(deliveries)) => deliveries,
                    Ok(Err(_)) => return,
                    Err(_) => continue,
                };
                if was_paused && paused.load(Ordering::SeqCst) {
                    late.fetch_add(1, Ordering::SeqCst);
                }
                for delivery in deliveries {
                    done.fetch_add(1, Ordering::SeqCst);
                    delivery.ack().await.unwrap();
                }
            }
        });
    }
    let pushing = test.tracker.spawn({
        let queue = queue.clone();
        async move {
            for n in 0..1500_u32 {
                let priority = u8::try_from(n % 10 + 1).unwrap();
                queue.push(&[job_of(priority), job()]).await.unwrap();
            }
        }
    });
    for _ in 0..5 {
        sleep(Duration::from_millis(100)).await;
        queue.pause(&a_pause()).await.unwrap();
        paused.store(true, Ordering::SeqCst);
        sleep(Duration::from_millis(150)).await;
        paused.store(false, Ordering::SeqCst);
        queue.resume().await.unwrap();
    }
    within(pushing).await.unwrap();
    eventually(async || done.load(Ordering::SeqCst) == 3000).await;
    assert_eq!(late.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_was_taken_before_a_pause_and_not_handed_out_goes_back() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    push(&test, &[job(), job()]).await;
    assert!(consumer.next(2).now_or_never().is_none());
    sleep(QUIET).await;
    queue.pause(&a_pause()).await.unwrap();
    assert!(timeout(QUIET, consumer.next(2)).await.is_err());
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.pending), (2, 0));
    queue.resume().await.unwrap();
    let mut seen = 0;
    while seen < 2 {
        for delivery in within(consumer.next(2)).await.unwrap() {
            assert_eq!(delivery.attempt, 1);
            delivery.ack().await.unwrap();
            seen += 1;
        }
    }
}

#[tokio::test]
async fn a_consumer_that_comes_during_a_pause_waits_and_nothing_is_claimed_or_promoted_to_it() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let visibility = Duration::from_millis(150);
    push(&test, &[job()]).await;
    let mut dying = test.consumer_with("dying", |options| options.visibility = visibility);
    drop(one(&mut dying).await);
    queue.pause(&a_pause()).await.unwrap();
    let mut delayed = job();
    delayed.not_before = Some(server_time(&test).await + Duration::from_millis(100));
    push(&test, &[delayed]).await;
    let mut other = test.consumer_with("other", |options| options.visibility = visibility);
    assert!(timeout(visibility * 4, other.next(2)).await.is_err());
    assert_eq!(
        queue.stats().await.unwrap().delayed,
        0,
        "it is due and waits in its lane"
    );
    queue.resume().await.unwrap();
    for _ in 0..2 {
        one(&mut other).await.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_queue_can_be_paused_before_anybody_has_consumed_it() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    queue.pause(&a_pause()).await.unwrap();
    push(&test, &[job()]).await;
    let mut consumer = test.consumer("a");
    assert!(timeout(QUIET, consumer.next(1)).await.is_err());
    queue.resume().await.unwrap();
    one(&mut consumer).await.ack().await.unwrap();
}

#[tokio::test]
async fn a_pause_of_record_is_asserted_again_in_a_valkey_that_forgot_it() {
    let (test, mut valkey) = private().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    let pause = a_pause();
    operator.pause(&pause).await.unwrap();
    let entries = vec![OutboxEntry::Job(job())];
    table.commit(&entries);
    relay.publish(entries);
    eventually(async || table.all_published()).await;
    let mut consumer = test.consumer("a");
    valkey.wipe().await.unwrap();
    assert!(
        timeout(Duration::from_secs(4), consumer.next(1))
            .await
            .is_err()
    );
    let queue = test.bus.queue("work");
    assert_eq!(queue.paused().await.unwrap(), Some(pause));
    assert_eq!(queue.stats().await.unwrap().waiting, 1);
    assert!(operator.resume("work").await.unwrap());
    one(&mut consumer).await.ack().await.unwrap();
}

#[tokio::test]
async fn a_pause_that_is_over_on_record_ends_in_valkey() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    // A crash between the end on record and the end in Valkey leaves this.
    let queue = test.bus.queue("work");
    queue.pause(&a_pause()).await.unwrap();
    let _relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    eventually(async || !queue.is_paused().await.unwrap()).await;
    let mut raw = raw(&test).await;
    let left: u32 = redis::cmd("EXISTS")
        .arg(test.bus.keys().paused("work"))
        .query_async(&mut raw)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_end_of_a_pause_does_not_end_one_that_began_meanwhile() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    operator.pause(&a_pause()).await.unwrap();
    let later = a_pause();
    *table.paused_again.lock().unwrap() = Some((queue.clone(), later.clone()));
    assert!(operator.resume("work").await.unwrap());
    assert_eq!(queue.paused().await.unwrap(), Some(later));
    assert!(operator.resume("work").await.unwrap());
    assert_eq!(queue.paused().await.unwrap(), None);
    assert!(!operator.resume("work").await.unwrap());
}

#[tokio::test]
async fn no_job_is_published_to_a_queue_whose_pause_valkey_refuses_and_others_do_not_wait() {
    let test = shared().await;
    let table = Arc::new(Table::default());
    table.pauses.lock().unwrap().push(a_pause());
    let mut raw = raw(&test).await;
    let paused = test.bus.keys().paused("work");
    let _: () = redis::cmd("SET")
        .arg(&paused)
        .arg("no hash")
        .query_async(&mut raw)
        .await
        .unwrap();
    let other = Job {
        queue: "other".to_owned(),
        ..job()
    };
    let entries: Vec<_> = [job(), other].into_iter().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    let relay = Relay::start(
        test.bus.clone(),
        table.clone(),
        &test.tracker,
        test.token.clone(),
    );
    relay.publish(entries);
    let free = test.bus.queue("other");
    eventually(async || free.stats().await.unwrap().waiting == 1).await;
    sleep(Duration::from_secs(3)).await;
    let lane = test.bus.keys().lane("work", mosaic_bus::Lane::Normal);
    let mut length = redis::cmd("XLEN");
    length.arg(lane);
    let count: u32 = length.query_async(&mut raw).await.unwrap();
    assert_eq!(count, 0);
    let _: u32 = redis::cmd("DEL")
        .arg(&paused)
        .query_async(&mut raw)
        .await
        .unwrap();
    eventually(async || table.all_published()).await;
    let queue = test.bus.queue("work");
    assert!(queue.is_paused().await.unwrap());
    assert_eq!(queue.stats().await.unwrap().waiting, 1);
}

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures::FutureExt;
use mosaic_bus::{Delivery, Error, Lane, Settled};
use mosaic_domain::JobId;
use mosaic_proto::job::Job;
use tokio::time::{sleep, timeout};

use crate::support::{TestBus, eventually, job, job_of, one, raw, server_time, shared, within};

async fn push(test: &TestBus, jobs: &[Job]) {
    test.bus.queue("work").push(jobs).await.unwrap();
}

fn ids<'a>(deliveries: impl IntoIterator<Item = &'a Delivery>) -> HashSet<JobId> {
    deliveries
        .into_iter()
        .map(|delivery| delivery.job.id)
        .collect()
}

#[tokio::test]
async fn two_consumers_share_the_work_and_none_is_done_twice() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..200).map(|_| job()).collect();
    push(&test, &jobs).await;
    let (mut a, mut b) = (test.consumer("a"), test.consumer("b"));
    let mut done = Vec::new();
    let mut shares = [0, 0];
    while done.len() < jobs.len() {
        for (share, consumer) in shares.iter_mut().zip([&mut a, &mut b]) {
            if done.len() == jobs.len() {
                break;
            }
            for delivery in within(consumer.next(7)).await.unwrap() {
                *share += 1;
                assert_eq!(delivery.attempt, 1);
                done.push(delivery.job.clone());
                assert_eq!(delivery.ack().await.unwrap(), Settled::Done);
            }
        }
    }
    assert!(shares[0] > 50 && shares[1] > 50, "{shares:?}");
    assert_eq!(done, jobs, "each once, in order, as they were pushed");
    let stats = test.bus.queue("work").stats().await.unwrap();
    assert_eq!((stats.depth, stats.pending), ([0, 0, 0], 0));
}

#[tokio::test]
async fn a_consumer_takes_no_more_than_it_asked_for() {
    let test = shared().await;
    let mut consumer = test.consumer("a");
    let jobs: Vec<Job> = (0..30).map(|n| job_of(n % 10 + 1)).collect();
    let waiting = test.tracker.spawn(async move {
        let deliveries = consumer.next(4).await.unwrap();
        (consumer, deliveries)
    });
    sleep(Duration::from_millis(100)).await;
    push(&test, &jobs).await;
    let (mut consumer, mut held) = within(waiting).await.unwrap();
    assert!(held.len() <= 4);
    held.extend(within(consumer.next(4)).await.unwrap());
    sleep(Duration::from_millis(300)).await;
    let stats = test.bus.queue("work").stats().await.unwrap();
    assert_eq!(stats.pending, held.len() as u64);
    assert_eq!(stats.waiting, 30 - held.len() as u64);
    assert!(stats.oldest_age.is_some());
}

#[tokio::test]
async fn what_a_dead_consumer_held_is_claimed_and_counts_as_an_attempt() {
    let test = shared().await;
    push(&test, &[job()]).await;
    let visibility = Duration::from_millis(300);
    let mut first = test.consumer_with("first", |options| options.visibility = visibility);
    let delivery = one(&mut first).await;
    // Dropped without a verdict, as in a process that died: no more signs of life.
    let id = delivery.job.id;
    drop(delivery);
    let mut second = test.consumer_with("second", |options| options.visibility = visibility);
    let again = one(&mut second).await;
    assert_eq!((again.job.id, again.attempt), (id, 2));
    assert_eq!(again.ack().await.unwrap(), Settled::Done);
}

#[tokio::test]
async fn a_job_whose_consumers_all_die_becomes_a_dead_letter() {
    let test = shared().await;
    let job = job();
    push(&test, std::slice::from_ref(&job)).await;
    let mut consumer = test.consumer_with("a", |options| {
        options.visibility = Duration::from_millis(100);
        options.max_attempts = 2;
    });
    for attempt in 1..=2 {
        let delivery = one(&mut consumer).await;
        assert_eq!(delivery.attempt, attempt);
    }
    let waiting = test.tracker.spawn(async move { consumer.next(1).await });
    let queue = test.bus.queue("work");
    eventually(async || queue.stats().await.unwrap().dead == 1).await;
    let dead = queue.dead(10).await.unwrap().remove(0);
    assert_eq!(dead.job, Some(job));
    assert_eq!(dead.attempts, 2);
    assert_eq!(dead.reason, "no consumer finished it in 2 attempts");
    assert!((server_time(&test).await - dead.time).num_seconds() < 60);
    assert_eq!(queue.stats().await.unwrap().depth, [0, 0, 0]);
    waiting.abort();
}

#[tokio::test]
async fn work_that_outlasts_its_visibility_is_not_taken_away() {
    let test = shared().await;
    push(&test, &[job()]).await;
    let visibility = Duration::from_millis(300);
    let mut slow = test.consumer_with("slow", |options| options.visibility = visibility);
    let mut other = test.consumer_with("other", |options| options.visibility = visibility);
    let delivery = one(&mut slow).await;
    assert!(
        timeout(visibility * 5, other.next(1)).await.is_err(),
        "signs of life keep it"
    );
    assert!(delivery.extend().await.unwrap());
    assert!(!delivery.lost().is_cancelled());
    assert_eq!(delivery.ack().await.unwrap(), Settled::Done);
}

#[tokio::test]
async fn a_retried_job_comes_back_later_with_its_attempt_counted() {
    let test = shared().await;
    push(&test, &[job_of(9)]).await;
    let mut consumer = test.consumer("a");
    let delivery = one(&mut consumer).await;
    let started = Instant::now();
    let settled = delivery.retry(Duration::from_millis(400)).await.unwrap();
    assert_eq!(settled, Settled::Done);
    let stats = test.bus.queue("work").stats().await.unwrap();
    assert_eq!((stats.delayed, stats.depth), (1, [0, 0, 0]));
    let again = one(&mut consumer).await;
    assert!(started.elapsed() >= Duration::from_millis(395));
    assert_eq!((again.attempt, again.job.priority), (2, 9));
    assert_eq!(again.job.data, job().data);
    again.retry(Duration::ZERO).await.unwrap();
    let at_once = one(&mut consumer).await;
    assert_eq!(at_once.attempt, 3);
    at_once.ack().await.unwrap();
}

#[tokio::test]
async fn after_its_last_attempt_a_job_is_a_dead_letter_with_the_reason() {
    let test = shared().await;
    push(&test, &[job()]).await;
    let mut consumer = test.consumer_with("a", |options| options.max_attempts = 2);
    let first = one(&mut consumer).await;
    first
        .retry_because(Duration::ZERO, "no luck")
        .await
        .unwrap();
    let second = one(&mut consumer).await;
    let settled = second
        .retry_because(Duration::ZERO, "the model was away")
        .await
        .unwrap();
    assert_eq!(settled, Settled::Dead);
    let dead = test.bus.queue("work").dead(1).await.unwrap().remove(0);
    assert_eq!(
        (dead.reason.as_str(), dead.attempts),
        ("the model was away", 2)
    );
}

#[tokio::test]
async fn a_failed_job_is_a_dead_letter_at_once() {
    let test = shared().await;
    push(&test, &[job()]).await;
    let mut consumer = test.consumer("a");
    let delivery = one(&mut consumer).await;
    let settled = delivery.fail("the payload does not fit").await.unwrap();
    assert_eq!(settled, Settled::Dead);
    let queue = test.bus.queue("work");
    assert_eq!(
        queue.dead(1).await.unwrap()[0].reason,
        "the payload does not fit"
    );
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.depth, stats.pending, stats.dead), ([0, 0, 0], 0, 1));
}

#[tokio::test]
async fn an_entry_that_is_no_job_becomes_a_dead_letter_and_holds_up_nobody() {
    let test = shared().await;
    let mut raw = raw(&test).await;
    let lane = test.bus.keys().lane("work", Lane::High);
    let _: String = redis::cmd("XADD")
        .arg(&[&lane, "*", "hello", "world"])
        .query_async(&mut raw)
        .await
        .unwrap();
    push(&test, &[job()]).await;
    let mut consumer = test.consumer("a");
    one(&mut consumer).await.ack().await.unwrap();
    let queue = test.bus.queue("work");
    eventually(async || queue.stats().await.unwrap().dead == 1).await;
    let dead = queue.dead(1).await.unwrap().remove(0);
    assert!(dead.job.is_none() && dead.reason.contains("\"id\""));
}

#[tokio::test]
async fn a_delayed_job_comes_when_it_is_due_and_only_once_if_pushed_twice() {
    let test = shared().await;
    let mut consumer = test.consumer("a");
    let (queue, job) = (test.bus.queue("work"), job());
    let due = server_time(&test).await + Duration::from_millis(500);
    queue.push_delayed(&job, due).await.unwrap();
    queue.push_delayed(&job, due).await.unwrap();
    let delivery = one(&mut consumer).await;
    assert!(
        server_time(&test).await >= due - Duration::from_millis(1),
        "not before it is due"
    );
    assert_eq!((&delivery.job, delivery.attempt), (&job, 1));
    delivery.ack().await.unwrap();
    assert!(
        timeout(Duration::from_millis(600), consumer.next(1))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn urgent_jobs_come_first_and_the_others_are_not_starved() {
    let test = shared().await;
    let mut jobs: Vec<Job> = (0..40).map(|_| job_of(1)).collect();
    jobs.extend((0..40).map(|_| job_of(5)));
    jobs.extend((0..200).map(|_| job_of(10)));
    push(&test, &jobs).await;
    let mut consumer = test.consumer("a");
    let mut count = [0, 0, 0];
    for _ in 0..64 {
        let delivery = one(&mut consumer).await;
        match Lane::of(delivery.job.priority) {
            Lane::High => count[0] += 1,
            Lane::Normal => count[1] += 1,
            Lane::Low => count[2] += 1,
        }
        delivery.ack().await.unwrap();
    }
    assert!(count[0] >= 40, "{count:?}");
    assert!(
        count[1] >= 8 && count[2] >= 3,
        "the lower lanes get their share: {count:?}"
    );
}

#[tokio::test]
async fn a_next_that_is_given_up_loses_nothing() {
    let test = shared().await;
    let mut consumer = test.consumer("a");
    let jobs: Vec<Job> = (0..20).map(|_| job()).collect();
    let mut seen = HashSet::new();
    for (n, job) in jobs.iter().enumerate() {
        // Given up before, during and after the arrival.
        if let Some(deliveries) = consumer.next(1).now_or_never() {
            for delivery in deliveries.unwrap() {
                seen.extend(ids([&delivery]));
                delivery.ack().await.unwrap();
            }
        }
        sleep(Duration::from_millis(2)).await;
        push(&test, std::slice::from_ref(job)).await;
        let patience = Duration::from_micros(100 * n as u64);
        if let Ok(deliveries) = timeout(patience, consumer.next(1)).await {
            for delivery in deliveries.unwrap() {
                seen.extend(ids([&delivery]));
                delivery.ack().await.unwrap();
            }
        }
    }
    while seen.len() < jobs.len() {
        for delivery in within(consumer.next(3)).await.unwrap() {
            seen.extend(ids([&delivery]));
            delivery.ack().await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_was_taken_and_not_handed_out_goes_back_when_the_consumer_closes() {
    let test = shared().await;
    let mut closing = test.consumer("closing");
    push(&test, &[job(), job(), job()]).await;
    let first = one(&mut closing).await;
    assert!(closing.next(5).now_or_never().is_none());
    sleep(Duration::from_millis(100)).await;
    drop(closing);
    let mut other = test.consumer("other");
    let mut got = HashSet::new();
    while got.len() < 2 {
        for delivery in within(other.next(5)).await.unwrap() {
            assert_eq!(delivery.attempt, 1, "it was never worked on");
            got.extend(ids([&delivery]));
            delivery.ack().await.unwrap();
        }
    }
    assert_eq!(
        first.ack().await.unwrap(),
        Settled::Done,
        "deliveries outlive their consumer"
    );
}

#[tokio::test]
async fn shutdown_ends_the_wait_and_the_tasks_and_removes_the_consumer() {
    let test = shared().await;
    let mut consumer = test.consumer("a");
    push(&test, &[job()]).await;
    let held = one(&mut consumer).await;
    let waiting = test.tracker.spawn(async move { consumer.next(1).await });
    sleep(Duration::from_millis(100)).await;
    test.token.cancel();
    let started = Instant::now();
    assert!(matches!(within(waiting).await.unwrap(), Err(Error::Closed)));
    assert!(
        started.elapsed() < Duration::from_millis(500),
        "a blocked read is ended"
    );
    assert_eq!(
        held.ack().await.unwrap(),
        Settled::Done,
        "running work can still be settled"
    );
    test.tracker.close();
    within(test.tracker.wait()).await;
    let mut raw = raw(&test).await;
    let consumers: Vec<redis::Value> = redis::cmd("XINFO")
        .arg("CONSUMERS")
        .arg(test.bus.keys().lane("work", Lane::Normal))
        .arg("workers")
        .query_async(&mut raw)
        .await
        .unwrap();
    assert!(consumers.is_empty());
}

#[tokio::test]
async fn a_queue_is_listed_once_it_was_used() {
    let test = shared().await;
    assert!(test.bus.queues().await.unwrap().is_empty());
    push(&test, &[job()]).await;
    assert_eq!(test.bus.queues().await.unwrap(), ["work"]);
}

#[tokio::test]
async fn a_waiting_consumer_picks_a_job_up_at_once() {
    let test = shared().await;
    let mut consumer = test.consumer("a");
    let queue = test.bus.queue("work");
    let mut took = Vec::new();
    for _ in 0..50 {
        let (job, queue) = (job(), queue.clone());
        let pushing = test.tracker.spawn(async move {
            sleep(Duration::from_millis(5)).await;
            let started = Instant::now();
            queue.push(&[job]).await.unwrap();
            started
        });
        let delivery = one(&mut consumer).await;
        let arrived = Instant::now();
        took.push(arrived.duration_since(pushing.await.unwrap()));
        delivery.ack().await.unwrap();
    }
    took.sort();
    // The goal of 0.2 ms is the benchmark's to check; a debug build on a busy machine gets more room.
    assert!(
        took[25] < Duration::from_millis(20),
        "median {:?}",
        took[25]
    );
    let started = Instant::now();
    for _ in 0..100 {
        test.bus.ping().await.unwrap();
    }
    println!(
        "median pickup {:?}, ping {:?}",
        took[25],
        started.elapsed() / 100
    );
}

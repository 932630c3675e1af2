use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use mosaic_bus::{Lane, Place, Settled};
use mosaic_domain::JobId;
use mosaic_proto::job::Job;
use tokio::time::{sleep, timeout};

use crate::support::{
    TestBus, eventually, job, one, ordered, private, raw, server_time, shared, within,
};

const SHORT: Duration = Duration::from_millis(250);

async fn push(test: &TestBus, jobs: &[Job]) {
    test.bus.queue("work").push(jobs).await.unwrap();
}

#[tokio::test]
async fn of_one_key_one_job_at_a_time_is_handed_out_in_the_order_of_push() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..5).map(|n| ordered("chat", n)).collect();
    push(&test, &jobs).await;
    push(&test, &[ordered("other", 0), job()]).await;
    let queue = test.bus.queue("work");
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.ordered), (3, 4));

    let (mut a, mut b) = (test.consumer("a"), test.consumer("b"));
    let mut others = Vec::new();
    for wanted in &jobs {
        let mut deliveries = within(a.next(10)).await.unwrap();
        let at = deliveries
            .iter()
            .position(|delivery| delivery.job.ordering_key.as_deref() == Some("chat"));
        let delivery = deliveries.remove(at.unwrap());
        others.extend(deliveries);
        assert_eq!(&delivery.job, wanted);
        assert!(
            timeout(Duration::from_millis(50), b.next(10))
                .await
                .is_err(),
            "nobody gets the next while this one is in work"
        );
        assert_eq!(delivery.ack().await.unwrap(), Settled::Done);
    }
    assert_eq!(others.len(), 2, "other keys and none do not wait");
    for other in others {
        other.ack().await.unwrap();
    }
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.depth, stats.ordered), ([0, 0, 0], 0));
}

#[tokio::test]
async fn a_retried_job_stays_in_front_of_its_key_and_a_dead_one_lets_the_next_in() {
    let test = shared().await;
    let mut jobs: Vec<Job> = (0..3).map(|n| ordered("a|b", n)).collect();
    for (second, job) in (0..).zip(&mut jobs) {
        job.created_at = DateTime::from_timestamp(second, 0).unwrap();
    }
    push(&test, &jobs).await;
    let mut consumer = test.consumer("a");
    one(&mut consumer).await.retry(SHORT).await.unwrap();
    assert!(timeout(SHORT / 2, consumer.next(5)).await.is_err());
    let again = one(&mut consumer).await;
    assert_eq!((&again.job, again.attempt), (&jobs[0], 2));
    again.retry(Duration::ZERO).await.unwrap();
    let again = one(&mut consumer).await;
    assert_eq!((&again.job, again.attempt), (&jobs[0], 3));
    again.release().await.unwrap();
    let again = one(&mut consumer).await;
    assert_eq!((&again.job, again.attempt), (&jobs[0], 3));
    assert_eq!(again.fail("no").await.unwrap(), Settled::Dead);
    let next = one(&mut consumer).await;
    assert_eq!(next.job, jobs[1]);

    let queue = test.bus.queue("work");
    let dead = queue.dead(1).await.unwrap().remove(0);
    assert!(queue.retry_dead(&dead.entry_id, None).await.unwrap());
    next.ack().await.unwrap();
    let first = one(&mut consumer).await;
    assert_eq!((&first.job, first.attempt), (&jobs[0], 1), "created first");
    first.ack().await.unwrap();
    assert_eq!(one(&mut consumer).await.job, jobs[2]);
}

#[tokio::test]
async fn a_key_that_begins_like_another_is_another() {
    let test = shared().await;
    let keys = ["a", "a|", "a|b", "1:a", "a}", "ü|\u{0}"];
    let jobs: Vec<Job> = keys
        .iter()
        .flat_map(|key| (0..3).map(|n| ordered(key, n)))
        .collect();
    push(&test, &jobs).await;
    let mut consumer = test.consumer("a");
    let mut seen: HashMap<String, Vec<String>> = HashMap::new();
    for _ in 0..3 {
        let mut round = Vec::new();
        while round.len() < keys.len() {
            round.extend(within(consumer.next(10)).await.unwrap());
        }
        for delivery in round {
            let key = delivery.job.ordering_key.clone().unwrap();
            seen.entry(key).or_default().push(delivery.job.data.clone());
            delivery.ack().await.unwrap();
        }
    }
    assert!(
        seen.values().all(|order| order == &["0", "1", "2"]),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_job_that_is_pushed_again_while_it_is_in_front_or_waits_is_absorbed() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..2).map(|n| ordered("chat", n)).collect();
    let mut consumer = test.consumer("a");
    let queue = test.bus.queue("work");
    for _ in 0..3 {
        push(&test, &jobs).await;
    }
    let first = one(&mut consumer).await;
    push(&test, &jobs).await;
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.depth, stats.ordered), ([0, 1, 0], 1));
    first.retry(SHORT).await.unwrap();
    push(&test, &jobs).await;
    let stats = queue.stats().await.unwrap();
    assert_eq!(
        (stats.depth, stats.ordered, stats.delayed),
        ([0, 0, 0], 1, 1)
    );
    one(&mut consumer).await.ack().await.unwrap();
    one(&mut consumer).await.ack().await.unwrap();
    assert!(timeout(SHORT, consumer.next(1)).await.is_err());
}

#[tokio::test]
async fn a_late_job_takes_its_place_by_creation_and_overtakes_nobody_in_front() {
    let test = shared().await;
    let mut jobs: Vec<Job> = (0..4).map(|n| ordered("chat", n)).collect();
    for (second, job) in (0..).zip(&mut jobs) {
        job.created_at = DateTime::from_timestamp(second, 0).unwrap();
    }
    push(&test, &[jobs[1].clone(), jobs[3].clone(), jobs[2].clone()]).await;
    push(&test, &[jobs[0].clone()]).await;
    let queue = test.bus.queue("work");
    let waiting = queue.peek(Place::Ordered, 10).await.unwrap();
    let data = waiting
        .iter()
        .map(|queued| queued.job.as_ref().unwrap().data.as_str());
    assert_eq!(data.collect::<Vec<_>>(), ["0", "2", "3"]);
    let mut consumer = test.consumer("a");
    for wanted in ["1", "0", "2", "3"] {
        let delivery = one(&mut consumer).await;
        assert_eq!(delivery.job.data, wanted);
        delivery.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_delayed_job_takes_its_place_when_it_is_due() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let mut late = ordered("chat", 0);
    late.not_before = Some(server_time(&test).await + Duration::from_millis(300));
    push(&test, &[late.clone()]).await;
    push(&test, &[ordered("chat", 1), ordered("chat", 2)]).await;
    let mut consumer = test.consumer("a");
    let first = one(&mut consumer).await;
    assert_eq!(first.job.data, "1", "what is not due holds up nobody");
    eventually(async || queue.stats().await.unwrap().delayed == 0).await;
    first.ack().await.unwrap();
    // All three were created at the same time; the delayed one arrived last.
    for wanted in ["2", "0"] {
        let delivery = one(&mut consumer).await;
        assert_eq!(delivery.job.data, wanted);
        delivery.ack().await.unwrap();
    }
}

#[tokio::test]
async fn the_next_job_of_a_key_may_be_in_another_lane() {
    let test = shared().await;
    let mut jobs: Vec<Job> = (0..3).map(|n| ordered("chat", n)).collect();
    jobs[1].priority = 10;
    jobs[2].priority = 1;
    push(&test, &jobs).await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    for depth in [[0, 1, 0], [1, 0, 0], [0, 0, 1]] {
        assert_eq!(queue.stats().await.unwrap().depth, depth);
        one(&mut consumer).await.ack().await.unwrap();
    }
    assert_eq!(queue.peek(Place::Lane(Lane::Low), 1).await.unwrap(), []);
}

/// What consumers saw of one key: whether two were at it at once, and in which order jobs were done.
#[derive(Default)]
struct Witness {
    in_work: HashMap<String, u32>,
    overlaps: u32,
    done: HashMap<String, Vec<u32>>,
    seen: HashSet<JobId>,
}

#[tokio::test]
async fn order_holds_with_many_consumers_that_fail_and_die() {
    const KEYS: u32 = 8;
    const JOBS: u32 = 25;
    let test = shared().await;
    let witness = Arc::new(Mutex::new(Witness::default()));
    let jobs: Vec<Job> = (0..JOBS)
        .flat_map(|n| (0..KEYS).map(move |key| ordered(&format!("key {key}"), n)))
        .collect();
    for (name, _) in (0..6).map(|n| (format!("consumer {n}"), n)) {
        let mut consumer = test.consumer_with(&name, |options| {
            options.visibility = Duration::from_millis(300);
            options.max_attempts = 1000;
        });
        let witness = Arc::clone(&witness);
        test.tracker.spawn(async move {
            while let Ok(deliveries) = consumer.next(3).await {
                for delivery in deliveries {
                    let key = delivery.job.ordering_key.clone().unwrap();
                    {
                        let mut witness = witness.lock().unwrap();
                        let in_work = witness.in_work.entry(key.clone()).or_default();
                        *in_work += 1;
                        let overlaps = u32::from(*in_work > 1);
                        witness.overlaps += overlaps;
                    }
                    tokio::task::yield_now().await;
                    let fate = rand_below(20);
                    {
                        let mut witness = witness.lock().unwrap();
                        *witness.in_work.entry(key.clone()).or_default() -= 1;
                        if fate > 3 && witness.seen.insert(delivery.job.id) {
                            let n = delivery.job.data.parse().unwrap();
                            witness.done.entry(key).or_default().push(n);
                        }
                    }
                    match fate {
                        0 => drop(delivery), // It died: claimed after the visibility.
                        1 => drop(delivery.retry(Duration::from_millis(20)).await),
                        2 => drop(delivery.retry(Duration::ZERO).await),
                        3 => drop(delivery.release().await),
                        _ => drop(delivery.ack().await),
                    }
                }
            }
        });
    }
    for chunk in jobs.chunks(40) {
        push(&test, chunk).await;
        sleep(Duration::from_millis(20)).await;
    }
    let all = usize::try_from(KEYS * JOBS).unwrap();
    eventually(async || witness.lock().unwrap().seen.len() == all).await;
    let witness = witness.lock().unwrap();
    assert_eq!(witness.overlaps, 0);
    let wanted: Vec<u32> = (0..JOBS).collect();
    assert!(
        witness.done.values().all(|done| done == &wanted),
        "{:?}",
        witness.done
    );
}

fn rand_below(bound: u64) -> u64 {
    let (_, low) = uuid::Uuid::new_v4().as_u64_pair();
    low % bound
}

#[tokio::test]
async fn acknowledging_what_a_restarted_valkey_forgot_lets_nobody_past() {
    let (test, mut valkey) = private().await;
    let queue = test.bus.queue("work");
    let jobs: Vec<Job> = (0..3).map(|n| ordered("chat", n)).collect();
    push(&test, &jobs).await;
    let mut consumer = test.consumer("a");
    let old = one(&mut consumer).await;
    valkey.wipe().await.unwrap();
    eventually(async || queue.push(&jobs).await.is_ok()).await;
    let new = one(&mut consumer).await;
    assert_eq!(new.job, jobs[0]);
    old.ack().await.unwrap();
    assert!(
        timeout(SHORT, consumer.next(1)).await.is_err(),
        "the entry of the life before says nothing about this one"
    );
    new.ack().await.unwrap();
    assert_eq!(one(&mut consumer).await.job, jobs[1]);
    let mut raw = raw(&test).await;
    let heads: u32 = redis::cmd("HLEN")
        .arg(format!(
            "{}:heads",
            test.bus
                .keys()
                .delayed("work")
                .replace("delayed", "ordered")
        ))
        .query_async(&mut raw)
        .await
        .unwrap();
    assert_eq!(heads, 1);
}

/// The only entry of the lane, given to another consumer behind the back of its holder, or removed.
async fn take_away(test: &TestBus, to: Option<&str>) {
    let mut raw = raw(test).await;
    let lane = test.bus.keys().lane("work", Lane::Normal);
    let entries: Vec<(String, redis::Value)> = redis::cmd("XRANGE")
        .arg(&[&lane, "-", "+"])
        .query_async(&mut raw)
        .await
        .unwrap();
    let id = &entries[0].0;
    let mut command = match to {
        Some(to) => redis::cmd("XCLAIM")
            .arg(&[&lane, "workers", to, "0", id])
            .to_owned(),
        None => redis::cmd("XACK").arg(&[&lane, "workers", id]).to_owned(),
    };
    let _: redis::Value = command.query_async(&mut raw).await.unwrap();
    command = redis::cmd("XDEL");
    if to.is_none() {
        let _: redis::Value = command
            .arg(&[&lane, id])
            .query_async(&mut raw)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn who_no_longer_holds_a_job_does_not_let_the_next_of_its_key_in() {
    let test = shared().await;
    let jobs: Vec<Job> = (0..2).map(|n| ordered("chat", n)).collect();
    push(&test, &jobs).await;
    let mut consumer = test.consumer("a");
    let first = one(&mut consumer).await;
    take_away(&test, Some("b")).await;
    assert_eq!(first.ack().await.unwrap(), Settled::Gone);
    let stats = test.bus.queue("work").stats().await.unwrap();
    assert_eq!((stats.depth, stats.ordered), ([0, 1, 0], 1));
}

#[tokio::test]
async fn whoever_works_on_a_job_with_a_key_hears_that_its_entry_is_gone() {
    let test = shared().await;
    push(&test, &[ordered("chat", 0)]).await;
    let mut consumer = test.consumer_with("a", |options| options.visibility = SHORT);
    let first = one(&mut consumer).await;
    take_away(&test, None).await;
    within(first.lost().cancelled()).await;
}

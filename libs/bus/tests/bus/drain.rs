use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use mosaic_bus::{Health, Lane, Pause, Place, QueueOperator, Relay};
use mosaic_proto::job::{Job, OutboxEntry};
use uuid::Uuid;

use crate::support::{
    eventually, job, job_of, one, ordered, private, raw, server_time, shared, within,
};
use crate::table::Table;

#[tokio::test]
async fn draining_moves_everything_that_waits_to_the_dead_letters_and_leaves_what_is_in_work() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let held_job = ordered("held", 0);
    queue.push(std::slice::from_ref(&held_job)).await.unwrap();
    let mut consumer = test.consumer("a");
    let held = one(&mut consumer).await;

    let mut jobs: Vec<Job> = (0..120).flat_map(|_| (1..=10).map(job_of)).collect();
    jobs.extend((0..3).map(|n| ordered("free", n)));
    jobs.extend((1..3).map(|n| ordered("held", n)));
    queue.push(&jobs).await.unwrap();
    let later = job();
    queue
        .push_delayed(&later, server_time(&test).await + Duration::from_hours(1))
        .await
        .unwrap();
    jobs.push(later.clone());

    let moved = queue.drain("poisoned").await.unwrap();
    assert_eq!(moved, jobs.len() as u64);
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.pending), (0, 1));
    assert_eq!((stats.delayed, stats.ordered), (0, 0));
    assert_eq!(stats.dead, moved);
    let dead = queue.dead(5000).await.unwrap();
    assert!(
        dead.iter()
            .all(|dead| dead.reason == "poisoned" && dead.attempts == 0 && dead.drained)
    );
    held.ack().await.unwrap();

    assert_eq!(queue.retry_all_dead(5000).await.unwrap(), jobs.len());
    let mut left: HashSet<_> = jobs.iter().map(|job| job.id).collect();
    assert!(left.remove(&later.id), "its time has not come");
    while !left.is_empty() {
        for delivery in within(consumer.next(100)).await.unwrap() {
            assert!(left.remove(&delivery.job.id), "each comes back once");
            delivery.ack().await.unwrap();
        }
    }
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.ordered, stats.delayed), (0, 1));

    queue.push(&[job()]).await.unwrap();
    one(&mut consumer).await.fail("no").await.unwrap();
    assert!(!queue.dead(1).await.unwrap()[0].drained, "given up on");
}

#[tokio::test]
async fn a_paused_queue_is_drained_to_the_last_job_and_goes_on_with_what_comes_after() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let mut consumer = test.consumer("a");
    queue.push(&[job(), job(), job()]).await.unwrap();
    let held = one(&mut consumer).await;
    let pause = Pause {
        id: Uuid::new_v4(),
        queue: "work".to_owned(),
        reason: "to drain it".to_owned(),
        by: "ada".to_owned(),
        at: DateTime::UNIX_EPOCH,
    };
    queue.pause(&pause).await.unwrap();
    queue.push(&[job()]).await.unwrap();
    assert_eq!(queue.drain("stale").await.unwrap(), 3);
    queue.resume().await.unwrap();
    held.ack().await.unwrap();
    let fresh = job();
    queue.push(std::slice::from_ref(&fresh)).await.unwrap();
    assert_eq!(one(&mut consumer).await.job, fresh);
}

#[tokio::test]
async fn a_look_at_a_queue_shows_who_works_on_what_and_changes_nothing() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let jobs = [job(), job(), ordered("chat", 0), ordered("chat", 1)];
    queue.push(&jobs).await.unwrap();
    let mut consumer = test.consumer("a");
    let held = one(&mut consumer).await;
    let later = job();
    let due = server_time(&test).await + Duration::from_hours(1);
    queue.push_delayed(&later, due).await.unwrap();

    for _ in 0..2 {
        let lane = queue.peek(Place::Lane(Lane::Normal), 10).await.unwrap();
        assert_eq!(lane.len(), 3);
        assert_eq!(lane[0].holder.as_ref().unwrap().consumer, "a");
        assert_eq!((lane[1].holder.as_ref(), lane[1].attempt), (None, 1));
        assert_eq!(lane[2].job.as_ref(), Some(&jobs[2]));
    }
    let waiting = queue.peek(Place::Ordered, 10).await.unwrap();
    assert_eq!(waiting[0].job.as_ref(), Some(&jobs[3]));
    let delayed = queue.peek(Place::Delayed, 10).await.unwrap();
    assert_eq!(
        delayed[0].due.unwrap().timestamp_millis(),
        due.timestamp_millis()
    );
    assert!(
        queue
            .peek(Place::Lane(Lane::High), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        queue
            .peek(Place::Lane(Lane::Normal), 0)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        Place::ALL.map(|place| Place::named(place.name())),
        Place::ALL.map(Some)
    );
    held.ack().await.unwrap();
}

#[tokio::test]
async fn what_was_drained_and_put_back_is_worked_on_in_the_order_of_its_key() {
    const JOBS: u32 = 700; // More than one call of the script moves.
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table);
    let queue = operator.queue("work");
    let mut jobs: Vec<Job> = (0..JOBS).map(|n| ordered("chat", n)).collect();
    jobs.extend((0..3).map(|n| ordered("low first", n)));
    jobs[700].priority = 1;
    for (second, job) in (0..).zip(&mut jobs) {
        job.created_at = DateTime::from_timestamp(second, 0).unwrap();
    }
    queue.push(&jobs).await.unwrap();
    let mut consumer = test.consumer("a");
    for through_record in [false, true] {
        assert_eq!(operator.drain("work", "stale").await.unwrap(), 703);
        let stats = queue.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.ordered), (0, 0));
        let back = if through_record {
            operator.retry_all_dead("work", 1000).await.unwrap()
        } else {
            queue.retry_all_dead(1000).await.unwrap()
        };
        assert_eq!(back, 703);
    }
    let mut done: HashMap<String, Vec<u32>> = HashMap::new();
    for _ in 0..703 {
        let delivery = one(&mut consumer).await;
        let key = delivery.job.ordering_key.clone().unwrap();
        let n = delivery.job.data.parse().unwrap();
        done.entry(key).or_default().push(n);
        delivery.ack().await.unwrap();
    }
    assert_eq!(done["chat"], (0..JOBS).collect::<Vec<_>>());
    assert_eq!(done["low first"], [0, 1, 2]);
}

#[tokio::test]
async fn a_drained_job_that_was_not_due_waits_for_its_time_when_it_is_put_back() {
    let test = shared().await;
    let queue = test.bus.queue("work");
    let due = server_time(&test).await + Duration::from_hours(1);
    let mut later = ordered("chat", 0);
    later.not_before = Some(due);
    queue.push(&[later]).await.unwrap();
    queue.push_delayed(&job(), due).await.unwrap();
    assert_eq!(queue.drain("stale").await.unwrap(), 2);
    assert_eq!(queue.retry_all_dead(10).await.unwrap(), 2);
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.delayed, stats.waiting), (2, 0));
    let shown = queue.peek(Place::Delayed, 1).await.unwrap();
    assert_eq!(
        shown[0].due.unwrap().timestamp_millis(),
        due.timestamp_millis()
    );
}

#[tokio::test]
async fn what_was_drained_stays_set_aside_when_valkey_comes_back_empty_until_it_is_put_back() {
    let (test, _valkey) = private().await;
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
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    let mut jobs: Vec<Job> = (0..3).map(|n| ordered("chat", n)).collect();
    jobs.push(job_of(9));
    jobs.push(job());
    jobs[4].not_before = Some(server_time(&test).await + Duration::from_hours(1));
    let entries: Vec<_> = jobs.iter().cloned().map(OutboxEntry::Job).collect();
    table.commit(&entries);
    relay.publish(entries);
    eventually(async || table.all_published()).await;
    assert_eq!(operator.drain("work", "poisoned").await.unwrap(), 5);

    let mut raw = raw(&test).await;
    let _: () = redis::cmd("FLUSHALL").query_async(&mut raw).await.unwrap();
    // Left to the scan, which comes after the look at the life of Valkey.
    let late = job();
    table.commit(&[OutboxEntry::Job(late.clone())]);
    eventually(async || {
        let stats = queue.stats().await.unwrap();
        (stats.dead, stats.waiting) == (5, 1)
    })
    .await;
    let rebuilt = operator.rebuild("work").await.unwrap();
    assert_eq!((rebuilt.pushed, rebuilt.left), (1, 0), "{rebuilt:?}");
    let waiting = queue.peek(Place::Lane(Lane::Normal), 10).await.unwrap();
    let waiting: Vec<_> = waiting.into_iter().map(|shown| shown.job).collect();
    assert_eq!(waiting, [Some(late.clone())], "nothing else waits");
    // Done by nobody: a consumer's last read might take what is put back below.
    table.finish(late.id);
    let _: u64 = redis::cmd("XTRIM")
        .arg(test.bus.keys().lane("work", Lane::Normal))
        .arg(&["MAXLEN", "=", "0"])
        .query_async(&mut raw)
        .await
        .unwrap();
    let dead = queue.dead(10).await.unwrap();
    assert!(
        dead.iter()
            .all(|dead| dead.reason == "poisoned" && dead.drained)
    );

    assert_eq!(operator.retry_all_dead("work", 10).await.unwrap(), 5);
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.ordered), (2, 2));
    assert_eq!((stats.delayed, stats.dead), (1, 0));
    let _: () = redis::cmd("FLUSHALL").query_async(&mut raw).await.unwrap();
    eventually(async || {
        let stats = queue.stats().await.unwrap();
        (stats.waiting, stats.ordered, stats.delayed) == (2, 2, 1)
    })
    .await;
    assert_eq!(queue.stats().await.unwrap().dead, 0, "wanted again");
}

#[tokio::test]
async fn what_a_drain_has_moved_and_not_noted_is_noted_when_it_is_repeated_with_its_own_reason() {
    const JOBS: usize = 600; // More than one page of dead letters.
    let test = shared().await;
    let table = Arc::new(Table::default());
    let operator = QueueOperator::new(test.bus.clone(), table.clone());
    let queue = operator.queue("work");
    let jobs: Vec<Job> = (0..JOBS).map(|_| job()).collect();
    let given_up = job();
    let entries = jobs.iter().chain([&given_up]).cloned();
    table.commit(&entries.map(OutboxEntry::Job).collect::<Vec<_>>());
    queue.push(std::slice::from_ref(&given_up)).await.unwrap();
    let mut consumer = test.consumer("a");
    one(&mut consumer).await.fail("broken").await.unwrap();

    // As if the record had heard of none of the answers.
    let pause = Pause {
        id: Uuid::new_v4(),
        queue: "work".to_owned(),
        reason: "to drain it".to_owned(),
        by: "ada".to_owned(),
        at: DateTime::UNIX_EPOCH,
    };
    queue.pause(&pause).await.unwrap();
    queue.push(&jobs[1..]).await.unwrap();
    queue.drain("poisoned").await.unwrap();
    queue.push(&jobs[..1]).await.unwrap();
    assert_eq!(operator.drain("work", "stale").await.unwrap(), 1);
    assert_eq!(operator.drain("work", "again").await.unwrap(), 0);
    let rows = table.rows.lock().unwrap();
    let reasons: HashMap<_, _> = rows
        .iter()
        .map(|row| (row.entry.id(), row.set_aside.as_deref()))
        .collect();
    assert_eq!(reasons[&jobs[0].id], Some("stale"));
    assert!(
        jobs[1..]
            .iter()
            .all(|job| reasons[&job.id] == Some("poisoned"))
    );
    assert_eq!(reasons[&given_up.id], None, "nobody drained it");
}

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use mosaic_bus::{
    Bus, BusOptions, Consumer, ConsumerOptions, Pause, QueueOperator, QueueRecord as _, Rebuilt,
    Relay,
};
use mosaic_domain::{JobId, WorkspaceId};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, OutboxEntry};
use mosaic_storage::Storage;
use mosaic_testkit::TestValkey;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::{LEASE, connect, due, eventually, ids, lease, record};

fn job() -> Job {
    Job {
        id: JobId::new(Uuid::now_v7()),
        queue: "work".to_owned(),
        workspace_id: WorkspaceId::new(Uuid::nil()),
        priority: DEFAULT_PRIORITY,
        created_at: DateTime::from_timestamp_millis(1_700_000_000_000).unwrap(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: "{}".to_owned(),
    }
}

fn once(key: &str) -> Job {
    Job {
        idempotency_key: Some(key.to_owned()),
        ..job()
    }
}

async fn enqueue(storage: &Storage, jobs: &[Job]) -> Vec<JobId> {
    let entries = storage.outbox_enqueue(jobs.to_vec()).await.unwrap();
    ids(&entries)
}

#[tokio::test]
async fn the_keys_and_the_time_of_a_job_survive_the_outbox() {
    let (_database, storage) = record().await;
    let life = storage.bus_enter_life("life").await.unwrap();
    let full = Job {
        ordering_key: Some("chat/1".to_owned()),
        idempotency_key: Some("daily".to_owned()),
        not_before: DateTime::from_timestamp_millis(1_800_000_000_123),
        ..job()
    };
    let bare = Job {
        ordering_key: Some(String::new()),
        ..job()
    };
    enqueue(&storage, &[full.clone(), bare.clone()]).await;
    let age = Duration::ZERO;
    let leased = storage.outbox_lease(life, age, LEASE, 10).await.unwrap();
    assert_eq!(leased[0], OutboxEntry::Job(full));
    let unkeyed = Job {
        ordering_key: None,
        ..bare
    };
    assert_eq!(leased[1], OutboxEntry::Job(unkeyed), "an empty key is none");
}

#[tokio::test]
async fn an_idempotency_key_is_unique_among_the_undone_jobs_of_a_queue() {
    let (_database, storage) = record().await;
    let (first, second, other) = (once("daily"), once("daily"), once("weekly"));
    let written = enqueue(&storage, &[first.clone(), second.clone(), other.clone()]).await;
    assert_eq!(written, [first.id, other.id]);
    assert!(
        enqueue(&storage, std::slice::from_ref(&second))
            .await
            .is_empty()
    );
    let elsewhere = Job {
        queue: "elsewhere".to_owned(),
        ..once("daily")
    };
    assert_eq!(
        enqueue(&storage, std::slice::from_ref(&elsewhere)).await,
        [elsewhere.id]
    );
    storage.outbox_forget(&[first.id]).await.unwrap();
    assert_eq!(
        enqueue(&storage, std::slice::from_ref(&second)).await,
        [second.id]
    );
    assert_eq!(
        storage.outbox_queues().await.unwrap(),
        ["elsewhere", "work"]
    );
}

#[tokio::test]
async fn of_two_transactions_with_one_idempotency_key_one_is_absorbed() {
    let (_database, storage) = record().await;
    let jobs = [once("daily"), once("daily"), once("daily")];
    let (a, b, c) = tokio::join!(
        enqueue(&storage, &jobs[..1]),
        enqueue(&storage, &jobs[1..2]),
        enqueue(&storage, &jobs[2..]),
    );
    assert_eq!(a.len() + b.len() + c.len(), 1);
}

#[tokio::test]
async fn undone_jobs_are_read_page_by_page_in_their_order() {
    let (_database, storage) = record().await;
    let jobs: Vec<Job> = (0..25).map(|_| job()).collect();
    for some in jobs.chunks(4) {
        enqueue(&storage, some).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = storage.outbox_undone("work", after, 10).await.unwrap();
        seen.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, jobs);
}

#[tokio::test]
async fn an_entry_of_the_bus_with_the_id_of_a_job_of_another_queue_or_workspace_changes_nothing() {
    let (_database, storage) = record().await;
    let life = storage.bus_enter_life("life").await.unwrap();
    let job = job();
    enqueue(&storage, std::slice::from_ref(&job)).await;
    let forged = [job.id];
    let aside = storage.outbox_set_aside("others", life, &forged, "forged");
    aside.await.unwrap();
    let elsewhere = Job {
        queue: "others".to_owned(),
        ..job.clone()
    };
    let of_others = Job {
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        ..job.clone()
    };
    for forged in [&elsewhere, &of_others] {
        storage.outbox_discard(forged).await.unwrap();
        let (undone, _) = storage.outbox_undone("work", None, 10).await.unwrap();
        assert_eq!(undone, std::slice::from_ref(&job));
    }
    storage.outbox_discard(&job).await.unwrap();
    let (undone, _) = storage.outbox_undone("work", None, 10).await.unwrap();
    assert_eq!(undone, []);
}

#[tokio::test]
async fn jobs_that_were_set_aside_are_read_page_by_page_with_their_reasons() {
    let (_database, storage) = record().await;
    let life = storage.bus_enter_life("life").await.unwrap();
    let jobs: Vec<Job> = (0..25).map(|_| job()).collect();
    for some in jobs.chunks(4) {
        enqueue(&storage, some).await;
    }
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let aside = storage
        .outbox_set_aside("work", life, &ids[1..], "poisoned")
        .await;
    aside.unwrap();
    let again = storage
        .outbox_set_aside("work", life, &ids[1..], "again")
        .await;
    again.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = storage.outbox_aside("work", after, 10).await.unwrap();
        seen.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert!(seen.iter().all(|one| one.reason == "poisoned"));
    let seen: Vec<Job> = seen.into_iter().map(|one| one.job).collect();
    assert_eq!(seen, jobs[1..]);
}

#[tokio::test]
async fn reopened_jobs_are_due_again_when_the_lease_is_over() {
    let (database, storage) = record().await;
    let life = storage.bus_enter_life("life").await.unwrap();
    let jobs = [job(), job()];
    enqueue(&storage, &jobs).await;
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    storage.outbox_mark_published(life, &ids).await.unwrap();
    assert_eq!(storage.outbox_reopen("other", LEASE).await.unwrap(), 0);
    assert_eq!(storage.outbox_reopen("work", LEASE).await.unwrap(), 2);
    database
        .execute("UPDATE outbox SET queued_at = now() - interval '1 minute'")
        .await
        .unwrap();
    assert!(lease(&storage, life, 10).await.is_empty());
    assert_eq!(due(&database, life).await, 2);
    storage.outbox_reopen("work", Duration::ZERO).await.unwrap();
    assert_eq!(lease(&storage, life, 10).await.len(), 2);
}

#[tokio::test]
async fn a_reinstated_job_is_undone_again_with_the_data_it_has_now() {
    let (database, storage) = record().await;
    let life = storage.bus_enter_life("life").await.unwrap();
    let (mut known, gone, rival) = (once("daily"), once("weekly"), once("weekly"));
    enqueue(&storage, &[known.clone(), rival.clone()]).await;
    known.data = "mended".to_owned();
    for job in [&known, &gone] {
        storage.outbox_reinstate(life, job).await.unwrap();
        storage.outbox_reinstate(life, job).await.unwrap();
    }
    let (undone, _) = storage.outbox_undone("work", None, 10).await.unwrap();
    assert_eq!(undone.len(), 3);
    assert!(undone.contains(&known));
    let keyless = Job {
        idempotency_key: None,
        ..gone
    };
    assert!(
        undone.contains(&keyless),
        "the key belongs to another undone job"
    );
    assert_eq!(
        due(&database, life).await,
        1,
        "only that which nobody has published"
    );
}

#[tokio::test]
async fn pauses_are_noted_replaced_and_forgotten() {
    let (_database, storage) = record().await;
    let pause = |reason: &str| Pause {
        id: Uuid::new_v4(),
        queue: "work".to_owned(),
        reason: reason.to_owned(),
        by: "ada".to_owned(),
        at: DateTime::from_timestamp_millis(1_700_000_000_000).unwrap(),
    };
    storage.queue_pause(&pause("first")).await.unwrap();
    let second = pause("second");
    storage.queue_pause(&second).await.unwrap();
    assert_eq!(storage.queue_pauses().await.unwrap(), [second]);
    assert!(storage.queue_resume("work").await.unwrap().is_some());
    assert_eq!(storage.queue_resume("work").await.unwrap(), None);
    assert!(storage.queue_pauses().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_real_record_fills_an_emptied_valkey_and_rebuilds_a_living_one() {
    let (_database, storage) = record().await;
    let mut valkey = TestValkey::start().await.unwrap();
    let bus = Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let _stop = token.clone().drop_guard();
    let relay = Relay::start(
        bus.clone(),
        Arc::new(storage.clone()),
        &tracker,
        token.clone(),
    );
    let mut jobs: Vec<Job> = (0..30)
        .map(|n| Job {
            ordering_key: (n % 2 == 0).then(|| "chat".to_owned()),
            ..job()
        })
        .collect();
    jobs[29].not_before = DateTime::from_timestamp(4_000_000_000, 0);
    relay.publish(storage.outbox_enqueue(jobs.clone()).await.unwrap());
    let queue = bus.queue("work");
    let complete = async || {
        let stats = queue.stats().await.unwrap_or_else(|_| unreachable_stats());
        (stats.waiting, stats.ordered, stats.delayed) == (15, 14, 1)
    };
    eventually(&complete).await;
    valkey.wipe().await.unwrap();
    eventually(&complete).await;

    let operator = QueueOperator::new(bus.clone(), Arc::new(storage.clone()));
    let options = ConsumerOptions::new("work", "workers", "a");
    let mut consumer = Consumer::open(&bus, options, &tracker, &token);
    let held = consumer.next(1).await.unwrap().remove(0);
    let rebuilt = operator.rebuild("work").await.unwrap();
    let wanted = Rebuilt {
        removed: 29,
        pushed: 29,
        left: 1,
    };
    assert_eq!(rebuilt, wanted);
    let mut seen = HashSet::from([held.job.id]);
    storage.outbox_forget(&[held.job.id]).await.unwrap();
    held.ack().await.unwrap();
    while seen.len() < 29 {
        for delivery in consumer.next(10).await.unwrap() {
            assert!(seen.insert(delivery.job.id));
            storage.outbox_forget(&[delivery.job.id]).await.unwrap();
            delivery.ack().await.unwrap();
        }
    }
    let (undone, _) = storage.outbox_undone("work", None, 10).await.unwrap();
    assert_eq!(undone.len(), 1, "that to come");
}

#[tokio::test]
async fn drained_jobs_are_dead_letters_on_record_too_until_they_are_put_back() {
    let (database, storage) = record().await;
    let mut valkey = TestValkey::start().await.unwrap();
    let bus = Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let _stop = token.clone().drop_guard();
    let relay = Relay::start(
        bus.clone(),
        Arc::new(storage.clone()),
        &tracker,
        token.clone(),
    );
    let operator = QueueOperator::new(bus.clone(), Arc::new(storage.clone()));
    let queue = operator.queue("work");
    let numbers = async || {
        let stats = queue.stats().await.unwrap_or_else(|_| unreachable_stats());
        (stats.waiting, stats.dead)
    };
    let jobs = [job(), once("daily"), job()];
    relay.publish(storage.outbox_enqueue(jobs.to_vec()).await.unwrap());
    eventually(async || numbers().await == (3, 0)).await;
    assert_eq!(operator.drain("work", "poisoned").await.unwrap(), 3);
    let aside = "SELECT count(*) FROM outbox WHERE set_aside = 'poisoned'";
    assert_eq!(database.number(aside).await.unwrap(), 3);
    assert!(
        enqueue(&storage, &[once("daily")]).await.is_empty(),
        "a job that is set aside can still be done"
    );

    valkey.wipe().await.unwrap();
    eventually(async || numbers().await == (0, 3)).await;
    let rebuilt = operator.rebuild("work").await.unwrap();
    assert_eq!(rebuilt, Rebuilt::default());
    assert_eq!(numbers().await, (0, 3));

    assert_eq!(operator.retry_all_dead("work", 10).await.unwrap(), 3);
    assert_eq!(numbers().await, (3, 0));
    assert_eq!(database.number(aside).await.unwrap(), 0);
    let (undone, _) = storage.outbox_undone("work", None, 10).await.unwrap();
    assert_eq!(undone, jobs);
    valkey.wipe().await.unwrap();
    eventually(async || numbers().await == (3, 0)).await;
}

#[tokio::test]
async fn a_job_is_held_by_one_operator_at_a_time_and_others_by_others() {
    let (database, storage) = record().await;
    let (first, second) = (job(), job());
    let held = storage.hold(first.id).await.unwrap();
    let other = connect(&database).await;
    drop(other.hold(second.id).await.unwrap());
    let waits = async {
        drop(other.hold(first.id).await.unwrap());
    };
    let lets_go = async {
        eventually(async || {
            let waiting = "SELECT count(*) FROM pg_locks
                           WHERE locktype = 'advisory' AND NOT granted
                             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            database.number(waiting).await.unwrap() == 1
        })
        .await;
        drop(held);
    };
    tokio::join!(waits, lets_go);
}

/// Numbers that fit nothing, while Valkey is away.
fn unreachable_stats() -> mosaic_bus::QueueStats {
    mosaic_bus::QueueStats {
        depth: [0; 3],
        waiting: 0,
        pending: 0,
        delayed: 0,
        ordered: 0,
        dead: 0,
        oldest_age: None,
        paused: false,
    }
}

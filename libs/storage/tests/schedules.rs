//! Schedules in a real Postgres: one leader, one firing per due time, one catch-up for whatever was missed.

#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::schedule::v1::ScheduleJob;
use mosaic_storage::{Firing, Lead, Leader, ScheduleEntry, Storage, StorageOptions};
use mosaic_testkit::TestDatabase;
use tokio::time::{sleep, timeout};

const SERVICE: &str = "clockwork";
const LEAD: Lead<'static> = Lead::Schedules(SERVICE);

async fn connect(database: &TestDatabase) -> Storage {
    Storage::connect(&StorageOptions {
        url: database.url().clone(),
        max_connections: 2,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        application: "test".to_owned(),
    })
    .await
    .unwrap()
}

async fn stage() -> (TestDatabase, Storage, Leader) {
    let database = TestDatabase::migrated().await.unwrap();
    let storage = connect(&database).await;
    let leader = storage.lead(LEAD).await.unwrap().unwrap();
    (database, storage, leader)
}

/// Due whenever a whole number of minutes has passed.
fn every(name: &str, minutes: i64) -> ScheduleEntry {
    let step = TimeDelta::minutes(minutes);
    ScheduleEntry {
        name: name.to_owned(),
        expression: format!("every {minutes} minutes"),
        zone: "UTC".to_owned(),
        queue: "schedules-clockwork".to_owned(),
        times: Arc::new(move |time: DateTime<Utc>| Some(time.duration_trunc(step).ok()? + step)),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-01-31T{text}Z").parse().unwrap()
}

async fn fire_all(leader: &mut Leader, all: &[ScheduleEntry], now: DateTime<Utc>) -> Vec<Firing> {
    let mut fired = Vec::new();
    while let Some(firing) = leader.fire_schedule(all, now).await.unwrap() {
        fired.push(firing);
    }
    fired
}

#[tokio::test]
async fn a_schedule_fires_once_per_due_time_and_its_job_lies_in_the_outbox() {
    let (database, storage, mut leader) = stage().await;
    let all = [every("tea", 5)];
    leader
        .register_schedules(SERVICE, &all, at("12:01:00"))
        .await
        .unwrap();
    assert!(fire_all(&mut leader, &all, at("12:04:59")).await.is_empty());

    let fired = fire_all(&mut leader, &all, at("12:05:00")).await;
    assert_eq!(fired.len(), 1);
    assert_eq!(
        (fired[0].due_at, fired[0].next_at),
        (at("12:05:00"), Some(at("12:10:00")))
    );
    let OutboxEntry::Job(job) = &fired[0].outbox else {
        panic!("not a job");
    };
    let payload: ScheduleJob = job.payload().unwrap();
    assert_eq!(
        (payload.name.as_str(), payload.due_at.as_str()),
        ("tea", "2026-01-31T12:05:00Z")
    );
    assert!(fire_all(&mut leader, &all, at("12:09:59")).await.is_empty());
    let jobs = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'schedules-clockwork'";
    assert_eq!(database.number(jobs).await.unwrap(), 1);
    storage.end_schedule_job(job).await.unwrap();
    assert_eq!(database.number(jobs).await.unwrap(), 0);
}

#[tokio::test]
async fn whatever_was_missed_is_made_up_for_by_one_firing() {
    let (_database, storage, mut leader) = stage().await;
    let all = [every("tea", 5), every("dinner", 60)];
    leader
        .register_schedules(SERVICE, &all, at("12:01:00"))
        .await
        .unwrap();
    leader.step_down().await.unwrap();

    let mut next = storage.lead(LEAD).await.unwrap().unwrap();
    next.register_schedules(SERVICE, &all, at("12:47:00"))
        .await
        .unwrap();
    let fired = fire_all(&mut next, &all, at("12:47:00")).await;
    assert_eq!(fired.len(), 1, "{fired:?}");
    assert_eq!(
        (fired[0].due_at, fired[0].next_at),
        (at("12:05:00"), Some(at("12:50:00")))
    );
}

#[tokio::test]
async fn a_changed_expression_is_counted_anew_and_a_kept_one_is_not() {
    let (_database, _storage, mut leader) = stage().await;
    let before = [every("tea", 5), every("dinner", 60)];
    leader
        .register_schedules(SERVICE, &before, at("12:01:00"))
        .await
        .unwrap();
    let after = [every("tea", 30), every("dinner", 60)];
    leader
        .register_schedules(SERVICE, &after, at("13:10:00"))
        .await
        .unwrap();
    let fired = fire_all(&mut leader, &after, at("13:10:00")).await;
    let names: Vec<_> = fired.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["dinner"], "tea begins with half past one");
    let fired = fire_all(&mut leader, &after, at("13:30:00")).await;
    assert_eq!((fired.len(), fired[0].due_at), (1, at("13:30:00")));
}

#[tokio::test]
async fn what_is_not_configured_any_more_is_due_no_more_and_comes_back_without_the_past() {
    let (_database, _storage, mut leader) = stage().await;
    let tea = [every("tea", 5)];
    leader
        .register_schedules(SERVICE, &tea, at("12:01:00"))
        .await
        .unwrap();
    leader
        .register_schedules(SERVICE, &[], at("12:02:00"))
        .await
        .unwrap();
    assert!(fire_all(&mut leader, &tea, at("12:30:00")).await.is_empty());
    leader
        .register_schedules(SERVICE, &tea, at("12:31:00"))
        .await
        .unwrap();
    assert!(fire_all(&mut leader, &tea, at("12:31:00")).await.is_empty());
    assert_eq!(fire_all(&mut leader, &tea, at("12:35:00")).await.len(), 1);
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_no_due_time_come_twice() {
    let (_database, _storage, mut leader) = stage().await;
    let all = [every("tea", 5)];
    leader
        .register_schedules(SERVICE, &all, at("12:01:00"))
        .await
        .unwrap();
    assert_eq!(fire_all(&mut leader, &all, at("12:10:00")).await.len(), 1);
    // Changed twice while the clock shows an earlier time: the due times that were are not used again.
    for minutes in [1, 5] {
        leader
            .register_schedules(SERVICE, &[every("tea", minutes)], at("12:02:00"))
            .await
            .unwrap();
    }
    let fired = fire_all(&mut leader, &all, at("12:06:00")).await;
    assert!(fired.is_empty(), "{fired:?}");
    let fired = fire_all(&mut leader, &all, at("12:10:00")).await;
    assert_eq!((fired.len(), fired[0].due_at), (1, at("12:10:00")));
}

#[tokio::test]
async fn one_leads_and_who_lost_the_connection_can_neither_lead_nor_fire() {
    let (database, storage, mut leader) = stage().await;
    let all = [every("tea", 5)];
    leader
        .register_schedules(SERVICE, &all, at("12:01:00"))
        .await
        .unwrap();
    let other = connect(&database).await;
    assert!(other.lead(LEAD).await.unwrap().is_none());
    assert!(storage.lead(LEAD).await.unwrap().is_none());
    let elsewhere = other.lead(Lead::Schedules("sundial")).await.unwrap();
    assert!(elsewhere.is_some(), "another service has its own leader");

    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks
                WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted AND objsubid = 1
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    drop(elsewhere);
    database.number(kill).await.unwrap();
    let mut next = timeout(Duration::from_secs(5), async {
        loop {
            if let Some(leader) = other.lead(LEAD).await.unwrap() {
                return leader;
            }
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert!(leader.fire_schedule(&all, at("12:05:00")).await.is_err());
    assert!(leader.still_leads().await.is_err());
    assert_eq!(fire_all(&mut next, &all, at("12:05:00")).await.len(), 1);
    assert_eq!(
        database
            .number("SELECT count(*) FROM outbox")
            .await
            .unwrap(),
        1
    );
}

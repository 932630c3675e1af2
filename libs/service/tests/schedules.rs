//! Two replicas that fire the same schedules: one leads, the other takes over, and nothing is fired twice.

#![cfg(test)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::{BusOptions, Relay};
use mosaic_config::{Config, SecretString};
use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use mosaic_runtime::{Lifecycle, clock};
use mosaic_service::schedule::{
    Due, Schedule, ScheduleRunner, ScheduledWork, run_schedules, work_schedules,
};
use mosaic_service::{Rejected, connect_storage};
use mosaic_storage::Storage;
use mosaic_testkit::{TestDatabase, TestValkey};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const SERVICE: &str = "clockwork";
/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

async fn connect(database: &TestDatabase) -> Storage {
    let mut config = Config::for_tests().unwrap().postgres;
    config.url = SecretString::clone(database.url());
    connect_storage(&config, SERVICE).await.unwrap()
}

fn tea(expression: &str) -> Vec<Schedule> {
    let schedule = Schedule::new("tea", expression, "UTC").unwrap();
    schedule.into_iter().collect()
}

fn at(text: &str) -> DateTime<Utc> {
    format!("2026-01-31T{text}Z").parse().unwrap()
}

/// A clock that stands until it is set.
#[derive(Clone)]
struct Wall(Arc<Mutex<DateTime<Utc>>>);

impl Wall {
    fn new(time: &str) -> Self {
        Self(Arc::new(Mutex::new(at(time))))
    }

    fn set(&self, time: &str) {
        *self.0.lock().unwrap() = at(time);
    }

    fn read(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A replica on a clock of the test; it says which jobs it wrote.
struct Replica {
    stop: CancellationToken,
    fired: mpsc::UnboundedReceiver<JobId>,
    task: tokio::task::JoinHandle<()>,
}

async fn replica(database: &TestDatabase, wall: &Wall, expression: &str) -> Replica {
    let (say, fired) = mpsc::unbounded_channel();
    let publish = move |entries: Vec<OutboxEntry>| {
        for entry in entries {
            let _ = say.send(entry.id());
        }
    };
    let (wall, stop) = (wall.clone(), CancellationToken::new());
    let storage = connect(database).await;
    let runner = ScheduleRunner::new(SERVICE, storage, tea(expression), publish, move || {
        wall.read()
    });
    let until = stop.clone();
    let task = TaskTracker::new().spawn(async move { runner.run(&until).await });
    Replica { stop, fired, task }
}

impl Replica {
    async fn fires(&mut self) -> JobId {
        timeout(LIMIT, self.fired.recv()).await.unwrap().unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        timeout(LIMIT, self.task).await.unwrap().unwrap();
    }
}

async fn registered(database: &TestDatabase) {
    let count = "SELECT count(*) FROM schedules WHERE next_at IS NOT NULL";
    timeout(LIMIT, async {
        while database.number(count).await.unwrap() != 1 {
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn when_the_leader_loses_its_connection_another_takes_over_and_nothing_fires_twice() {
    let database = TestDatabase::migrated().await.unwrap();
    let wall = Wall::new("12:01:00");
    let mut one = replica(&database, &wall, "*/5 * * * *").await;
    registered(&database).await;
    let mut two = replica(&database, &wall, "*/5 * * * *").await;
    wall.set("12:05:00");
    let mut jobs = vec![one.fires().await];
    sleep(Duration::from_secs(3)).await;
    assert!(two.fired.try_recv().is_err(), "only the leader fires");

    // Whoever takes over, it is one of the two, and the due time that was is not fired again.
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 1
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert!(database.number(kill).await.unwrap() >= 1);
    wall.set("12:10:00");
    let job = tokio::select! {
        job = one.fires() => job,
        job = two.fires() => job,
    };
    jobs.push(job);
    sleep(Duration::from_secs(3)).await;
    assert!(one.fired.try_recv().is_err() && two.fired.try_recv().is_err());
    assert_ne!(jobs[0], jobs[1]);
    assert_eq!(
        database
            .number("SELECT count(*) FROM outbox")
            .await
            .unwrap(),
        2
    );
    one.end().await;
    two.end().await;
}

#[tokio::test]
async fn a_stop_hands_the_lead_on_and_the_time_nobody_led_is_made_up_for_once() {
    let database = TestDatabase::migrated().await.unwrap();
    let wall = Wall::new("12:01:00");
    let one = replica(&database, &wall, "*/5 * * * *").await;
    registered(&database).await;
    one.end().await;
    wall.set("14:32:00");
    let mut two = replica(&database, &wall, "*/5 * * * *").await;
    two.fires().await;
    sleep(Duration::from_secs(2)).await;
    assert!(two.fired.try_recv().is_err(), "caught up once");
    assert_eq!(
        database
            .number("SELECT count(*) FROM outbox")
            .await
            .unwrap(),
        1
    );
    two.end().await;

    // Switched off, it is due no more.
    let mut off = replica(&database, &wall, "").await;
    wall.set("18:00:00");
    sleep(Duration::from_secs(4)).await;
    assert!(off.fired.try_recv().is_err());
    let due = "SELECT count(*) FROM schedules WHERE next_at IS NOT NULL";
    assert_eq!(database.number(due).await.unwrap(), 0);
    off.end().await;
}

#[test]
fn an_expression_that_is_none_is_refused() {
    assert!(Schedule::new("tea", "whenever", "UTC").is_err());
    assert!(Schedule::new("tea", "* * * * *", "Mars/Base").is_err());
    assert!(Schedule::new("tea", "  ", "UTC").unwrap().is_none());
}

/// Says what was due; fails at the first attempt.
struct Kettle(mpsc::UnboundedSender<Due>, Mutex<bool>);

impl ScheduledWork for Kettle {
    async fn due(&self, due: &Due) -> Result<(), Rejected> {
        let before = std::mem::replace(&mut *self.1.lock().unwrap(), true);
        if !before {
            return Err(Rejected::Retry("the kettle is cold".to_owned()));
        }
        let _ = self.0.send(due.clone());
        Ok(())
    }
}

#[tokio::test]
async fn what_is_due_is_worked_on_until_it_is_done_and_then_leaves_the_outbox() {
    let database = TestDatabase::migrated().await.unwrap();
    let valkey = TestValkey::start().await.unwrap();
    let storage = connect(&database).await;
    let bus = mosaic_bus::Bus::connect(BusOptions::new(valkey.url().clone()))
        .await
        .unwrap();
    let life = Lifecycle::new(SERVICE, Duration::from_secs(5));
    let outbox = Arc::new(storage.clone());
    let relay = Relay::start(bus.clone(), outbox, life.tracker(), life.soft().clone());
    let (say, mut worked) = mpsc::unbounded_channel();
    let kettle = Kettle(say, Mutex::new(false));
    work_schedules(&life, clock::id(), storage.clone(), &bus, kettle);
    run_schedules(&life, storage, relay, tea("* * * * * *"));

    let due = timeout(LIMIT, worked.recv()).await.unwrap().unwrap();
    assert_eq!(due.name, "tea");
    assert!(due.at <= clock::now());
    life.stop();
    timeout(LIMIT, life.finish()).await.unwrap().unwrap();
    let left = format!(
        "SELECT count(*) FROM outbox o JOIN schedules s ON true WHERE o.data LIKE '%{}%'",
        due.at.format("%H:%M:%S")
    );
    assert_eq!(database.number(&left).await.unwrap(), 0);
}

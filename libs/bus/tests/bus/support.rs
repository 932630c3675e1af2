//! A bus per test.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::{Bus, BusOptions, Consumer, ConsumerOptions, Delivery};
use mosaic_domain::{JobId, WorkspaceId};
use mosaic_proto::envelope::Envelope;
use mosaic_proto::job::Job;
use mosaic_testkit::TestValkey;
use redis::aio::MultiplexedConnection;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Longer than anything here takes, shorter than the patience of the test runner.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A bus under a prefix of its own; its tasks end with it.
pub(crate) struct TestBus {
    pub(crate) bus: Bus,
    pub(crate) tracker: TaskTracker,
    pub(crate) token: CancellationToken,
    url: SecretString,
    _private: Option<TestValkey>,
}

impl Drop for TestBus {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

/// On the Valkey of the test run, or on a private one if there is none.
pub(crate) async fn shared() -> TestBus {
    #[expect(
        clippy::disallowed_methods,
        reason = "the product's environment is read by libs/config; this variable belongs to the test run"
    )]
    let given = std::env::var("MOSAIC_TEST_VALKEY_URL");
    if let Ok(url) = given {
        return on(&url.into(), None).await;
    }
    let valkey = TestValkey::start().await.unwrap();
    let url = valkey.url().clone();
    on(&url, Some(valkey)).await
}

/// On a Valkey of its own, which the test may kill.
pub(crate) async fn private() -> (TestBus, TestValkey) {
    let valkey = TestValkey::start().await.unwrap();
    (on(valkey.url(), None).await, valkey)
}

async fn on(url: &SecretString, private: Option<TestValkey>) -> TestBus {
    let mut options = BusOptions::new(url.clone());
    options.prefix = format!("test:{}", Uuid::new_v4().simple());
    TestBus {
        bus: Bus::connect(options).await.unwrap(),
        tracker: TaskTracker::new(),
        token: CancellationToken::new(),
        url: url.clone(),
        _private: private,
    }
}

impl TestBus {
    pub(crate) fn consumer(&self, name: &str) -> Consumer {
        self.consumer_with(name, |_| {})
    }

    pub(crate) fn consumer_with(
        &self,
        name: &str,
        adjust: impl FnOnce(&mut ConsumerOptions),
    ) -> Consumer {
        let mut options = ConsumerOptions::new("work", "workers", name);
        adjust(&mut options);
        Consumer::open(&self.bus, options, &self.tracker, &self.token)
    }
}

pub(crate) fn job() -> Job {
    job_of(5)
}

pub(crate) fn job_of(priority: u8) -> Job {
    Job {
        id: JobId::new(Uuid::now_v7()),
        queue: "work".into(),
        workspace_id: WorkspaceId::new(Uuid::nil()),
        priority,
        created_at: DateTime::UNIX_EPOCH,
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: r#"{"name":"größe"}"#.into(),
    }
}

/// A job with an ordering key; `n` tells it from others.
pub(crate) fn ordered(key: &str, n: u32) -> Job {
    Job {
        ordering_key: Some(key.to_owned()),
        data: n.to_string(),
        ..job()
    }
}

pub(crate) fn event(type_name: &str) -> Envelope {
    Envelope {
        id: JobId::new(Uuid::now_v7()),
        type_name: type_name.into(),
        source: "test".into(),
        subject: "conversation/1".into(),
        time: DateTime::from_timestamp_millis(1_700_000_000_000).unwrap(),
        workspace_id: WorkspaceId::new(Uuid::nil()),
        actor: "user/1".into(),
        traceparent: None,
        data: "{}".into(),
    }
}

/// The next job alone.
pub(crate) async fn one(consumer: &mut Consumer) -> Delivery {
    let mut deliveries = within(consumer.next(1)).await.unwrap();
    assert_eq!(deliveries.len(), 1);
    deliveries.remove(0)
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future)
        .await
        .expect("it should have happened by now")
}

/// Waits until `check` holds.
pub(crate) async fn eventually(check: impl AsyncFn() -> bool) {
    within(async {
        while !check().await {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// A connection past the bus, to look at what lies there.
pub(crate) async fn raw(test: &TestBus) -> MultiplexedConnection {
    redis::Client::open(test.url.expose_secret())
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap()
}

/// Valkey's own clock, in which delays are measured.
pub(crate) async fn server_time(test: &TestBus) -> DateTime<Utc> {
    let mut raw = raw(test).await;
    let (seconds, micros): (i64, u32) = redis::cmd("TIME").query_async(&mut raw).await.unwrap();
    DateTime::from_timestamp(seconds, micros * 1000).unwrap()
}

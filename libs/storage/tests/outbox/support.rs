//! A record per test, and rows past every repository.

use std::time::Duration;

use mosaic_domain::JobId;
use mosaic_proto::job::OutboxEntry;
use mosaic_storage::{Storage, StorageOptions};
use mosaic_testkit::TestDatabase;
use tokio::time::{sleep, timeout};

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(40);
/// The lease of tests that do not look at its end.
pub(crate) const LEASE: Duration = Duration::from_mins(1);

pub(crate) async fn record() -> (TestDatabase, Storage) {
    let database = TestDatabase::migrated().await.unwrap();
    let storage = connect(&database).await;
    (database, storage)
}

pub(crate) async fn connect(database: &TestDatabase) -> Storage {
    Storage::connect(&StorageOptions {
        url: database.url().clone(),
        max_connections: 4,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
        application: "test".to_owned(),
    })
    .await
    .unwrap()
}

/// Inserts entries that were queued a minute ago, the first one first.
pub(crate) async fn queue(database: &TestDatabase, kind: &str, count: u32) {
    let topic = if kind == "job" {
        "work"
    } else {
        "message.created"
    };
    database
        .execute(&format!(
            "INSERT INTO outbox (id, kind, workspace_id, topic, data, queued_at)
             SELECT uuidv7(), '{kind}', uuidv7(), '{topic}', '{{}}',
                    now() - interval '1 minute' + n * interval '1 microsecond'
             FROM generate_series(1, {count}) AS n"
        ))
        .await
        .unwrap();
}

/// Takes what is due.
pub(crate) async fn lease(storage: &Storage, life: i64, limit: u32) -> Vec<OutboxEntry> {
    let age = Duration::from_secs(2);
    storage.outbox_lease(life, age, LEASE, limit).await.unwrap()
}

pub(crate) fn ids(entries: &[OutboxEntry]) -> Vec<JobId> {
    entries.iter().map(OutboxEntry::id).collect()
}

/// How many entries a relay would find due, leased or not.
pub(crate) async fn due(database: &TestDatabase, life: i64) -> i64 {
    let query = format!("SELECT count(*) FROM outbox WHERE life < {life}");
    database.number(&query).await.unwrap()
}

/// Waits until `check` holds.
pub(crate) async fn eventually(check: impl AsyncFn() -> bool) {
    let waited = timeout(LIMIT, async {
        while !check().await {
            sleep(Duration::from_millis(50)).await;
        }
    });
    waited.await.expect("it should have happened by now");
}

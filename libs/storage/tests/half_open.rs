//! What a transaction does when its connection to a real Postgres is lost without a word.

#![cfg(test)]

use std::net::ToSocketAddrs as _;
use std::time::Duration;

use mosaic_storage::{Error, Storage, StorageOptions};
use mosaic_testkit::{ChaosProxy, TestDatabase, Trouble, Weather};
use secrecy::ExposeSecret as _;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::time::{sleep, timeout};

/// Longer than anything here takes, much shorter than the kernel takes to give a connection up.
const LIMIT: Duration = Duration::from_secs(40);

/// What becomes of a question while nothing comes back.
async fn asked_in_vain(storage: &Storage) -> Error {
    timeout(LIMIT, storage.ping())
        .await
        .expect("nobody waits for the kernel")
        .expect_err("nothing comes back")
}

/// Waits until the record answers and the connection is back in the pool, which asks it once more before.
async fn answered(storage: &Storage) {
    let again = async {
        while storage.ping().await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
        while storage.idle_connections() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LIMIT, again).await.expect("it is back");
}

#[tokio::test]
async fn a_connection_whose_far_end_is_gone_without_a_word_holds_nobody_up() {
    let database = TestDatabase::migrated().await.unwrap();
    let direct: PgConnectOptions = database.url().expose_secret().parse().unwrap();
    let upstream = (direct.get_host(), direct.get_port());
    let upstream = upstream.to_socket_addrs().unwrap().next().unwrap();
    let proxy = ChaosProxy::start(upstream, 1).await.unwrap();
    let through = direct.host("127.0.0.1").port(proxy.address().port());
    let storage = Storage::connect(&StorageOptions {
        url: through.to_url_lossy().to_string().into(),
        max_connections: 1,
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(5),
        application: "test".to_owned(),
    })
    .await
    .unwrap();

    // One that was used a moment ago, and one that has rested.
    for rested in [Duration::ZERO, Duration::from_millis(1_200)] {
        answered(&storage).await;
        sleep(rested).await;
        proxy.set(Weather::of(Trouble::HalfOpen));
        let error = asked_in_vain(&storage).await;
        assert!(error.is_transient(), "{error}");
        proxy.set(Weather::FAIR);
    }
    answered(&storage).await;
}

//! The pool of connections and the way to each repository.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::Error;

/// How the server notices that a client is gone or hangs: whoever dies in the middle of a transaction must not hold
/// its locks longer than a lease.
const DEAD_PEERS: [(&str, &str); 7] = [
    ("idle_in_transaction_session_timeout", "10s"),
    ("lock_timeout", "5s"),
    ("client_connection_check_interval", "2s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// How to reach Postgres.
#[derive(Debug, Clone)]
pub struct StorageOptions {
    /// `postgres://user:password@host:port/database`.
    pub url: SecretString,
    /// Connections this process opens at the most.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// Shown in `pg_stat_activity`.
    pub application: String,
}

/// The record. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    pub(crate) pool: PgPool,
}

impl Storage {
    /// Opens the pool and proves with one query that the record answers.
    pub async fn connect(options: &StorageOptions) -> Result<Self, Error> {
        let timeout = options.statement_timeout.as_millis().to_string();
        let connect = options
            .url
            .expose_secret()
            .parse::<PgConnectOptions>()?
            .application_name(&options.application)
            .options([("statement_timeout", timeout.as_str())])
            .options(DEAD_PEERS);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.connect_timeout)
            .connect_with(connect)
            .await?;
        let storage = Self { pool };
        storage.ping().await?;
        Ok(storage)
    }

    /// One round trip to Postgres.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Version of the server, e.g. `18.4`.
    pub async fn server_version(&self) -> Result<String, Error> {
        let server =
            sqlx::query_scalar!(r#"SELECT current_setting('server_version') AS "version!""#)
                .fetch_one(&self.pool)
                .await?;
        Ok(server)
    }

    /// The pool itself, for tests that look at rows no repository shows.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes every connection; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

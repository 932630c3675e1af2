//! The pool of connections, which nobody else can reach.
//!
//! Postgres shows a connection no row before it was told on whose behalf it asks (`migrations/0013_row_security.sql`). So a
//! repository gets its connection from [`Storage::scoped`], [`Storage::within`] or [`Storage::system`], as a transaction
//! ([`Tx`]) that has said so with the very round trip that begins it, and that takes it back when it ends.
//!
//! **A connection whose far end is gone without a word** is silent until the kernel gives it up, a quarter of an hour later:
//! sqlx offers a client neither keepalives nor a time within which the server must answer. So one that has rested is asked
//! before it is used, and closed if it does not answer ([`still_answers`]); and nobody waits longer than [`BEGINS_WITHIN`] for
//! a transaction to begin, which no lock holds up. What is left to the kernel is a connection that was in use when its far end
//! went: the statement under way waits for it, and its place in the pool is taken until then. So is that of one whose user gave
//! up: sqlx asks it with a round trip without a bound before it is idle again. A bounded question of ours before that
//! (`after_release`) would be another round trip each time, for everybody.

mod begin;
mod purpose;
mod tx;

use std::io;
use std::time::Duration;

use mosaic_domain::{Scope, WorkspaceId};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::time::timeout;

use crate::Error;

pub use begin::Begin;
use begin::Context;
pub use purpose::Purpose;
pub use tx::Tx;

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

/// A connection that has rested for as long may have been lost.
const RESTED: Duration = Duration::from_secs(1);
/// What it answers within then, if it was not, or within half the time to wait for a connection if that is shorter: the other
/// half is for making another one.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// How long a transaction may take to begin.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

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
///
/// Its connections cannot be had without saying on whose behalf:
///
/// ```compile_fail,E0616
/// fn everything(storage: &mosaic_storage::Storage) {
///     let _ = &storage.pool;
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Storage {
    pool: PgPool,
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
        let answers = ANSWERS_WITHIN.min(options.connect_timeout / 2);
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.connect_timeout)
            // Unless it rested, the statement that begins a transaction finds out whether its connection is still one.
            .test_before_acquire(false)
            .before_acquire(move |connection, about| {
                Box::pin(still_answers(connection, about.idle_for, answers))
            })
            .connect_with(connect)
            .await?;
        let storage = Self { pool };
        storage.ping().await?;
        Ok(storage)
    }

    /// A transaction on behalf of a person: their rows in their workspace, and what it shows its members.
    pub fn scoped(&self, scope: &Scope) -> Begin<'_> {
        Begin::new(&self.pool, Context::Person(*scope))
    }

    /// A transaction on behalf of whoever looks after a workspace: the rows of all its members.
    pub fn within(&self, workspace_id: WorkspaceId) -> Begin<'_> {
        Begin::new(&self.pool, Context::Workspace(workspace_id))
    }

    /// A transaction on nobody's behalf. The tables that a purpose opens are listed beside it.
    pub fn system(&self, purpose: Purpose) -> Begin<'_> {
        Begin::new(&self.pool, Context::System(purpose))
    }

    /// Connections that there may be at once.
    pub(crate) fn connections(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// A connection of its own, outside the pool, which has this purpose until it is closed.
    pub(crate) async fn apart(&self, purpose: Purpose) -> Result<PgConnection, Error> {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        let options = options.options([("mosaic.purpose", purpose.as_str())]);
        Ok(options.connect().await?)
    }

    /// One round trip to Postgres.
    pub async fn ping(&self) -> Result<(), Error> {
        self.system(Purpose::Schema).read().await.map(drop)
    }

    /// Version of the server, e.g. `18.4`.
    pub async fn server_version(&self) -> Result<String, Error> {
        let mut tx = self.system(Purpose::Schema).read().await?;
        let server =
            sqlx::query_scalar!(r#"SELECT current_setting('server_version') AS "version!""#)
                .fetch_one(&mut *tx)
                .await?;
        Ok(server)
    }

    /// Open connections that nobody has at the moment.
    #[must_use]
    pub fn idle_connections(&self) -> usize {
        self.pool.num_idle()
    }

    /// Closes every connection; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Whether a connection that rested for so long is still one. If it says nothing it is closed without a word, and its place
/// in the pool is free.
async fn still_answers(
    connection: &mut PgConnection,
    rested: Duration,
    within: Duration,
) -> Result<bool, sqlx::Error> {
    if rested < RESTED {
        return Ok(true);
    }
    match timeout(within, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(silent()),
    }
}

/// Postgres did not answer in time.
fn silent() -> sqlx::Error {
    io::Error::new(io::ErrorKind::TimedOut, "Postgres does not answer").into()
}

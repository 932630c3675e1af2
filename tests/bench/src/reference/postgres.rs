//! Single-row inserts, each in a transaction of its own, by the driver that the services use.

use std::time::Duration;

use mosaic_testkit::TestDatabase;
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};

use super::{AsyncRepeat, Reference, measure};

/// About as much as a message.
const PAYLOAD: &str = "What is on my list for today, and what should I do first? Sixty-four.";

/// The commits, in a database of their own on the server that the services use.
#[derive(Debug)]
pub(crate) struct Commits {
    database: TestDatabase,
}

impl Commits {
    pub(crate) async fn new(database: TestDatabase) -> anyhow::Result<Self> {
        database
            .execute(
                "CREATE TABLE commits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text)",
            )
            .await?;
        Ok(Self { database })
    }

    /// Commits over this many connections.
    pub(crate) async fn round(
        &self,
        concurrency: usize,
        limit: Duration,
    ) -> anyhow::Result<Reference> {
        let mut connections = Vec::with_capacity(concurrency);
        for _ in 0..concurrency {
            connections.push(PgConnection::connect(self.database.url().expose_secret()).await?);
        }
        measure(connections, limit, Insert).await
    }
}

#[derive(Clone, Copy)]
struct Insert;

impl AsyncRepeat<PgConnection> for Insert {
    async fn once(self, connection: &mut PgConnection) -> anyhow::Result<()> {
        sqlx::query("INSERT INTO commits (payload) VALUES ($1)")
            .bind(PAYLOAD)
            .execute(connection)
            .await?;
        Ok(())
    }
}

//! The record beside the queue: jobs that a transaction wants done, and effects that happen in one transaction with the
//! note that their job is done. It is what the services do, with a table of the benchmark's own for the effects.

use std::sync::Arc;
use std::time::Duration;

use mosaic_bus::{Bus, Relay, RelayHandle};
use mosaic_domain::JobId;
use mosaic_proto::job::{Job, OutboxEntry};
use mosaic_storage::{Storage, StorageOptions};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::mosaic::{BULK, job};
use super::protocol::Order;

const PATIENCE: Duration = Duration::from_secs(30);
/// Connections of one worker.
const CONNECTIONS: u32 = 8;

/// A connection to it.
pub(super) struct Record {
    storage: Storage,
    /// For the table of effects, which is no table of the product.
    pool: PgPool,
}

/// How often effects happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effects {
    pub(super) all: u64,
    pub(super) distinct: u64,
}

impl Record {
    pub(super) async fn connect(url: &str) -> anyhow::Result<Self> {
        let storage = Storage::connect(&StorageOptions {
            url: url.to_owned().into(),
            max_connections: CONNECTIONS,
            connect_timeout: PATIENCE,
            statement_timeout: PATIENCE,
            application: "bench".into(),
        })
        .await?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
        let pool = pool.connect(url).await?;
        Ok(Self { storage, pool })
    }

    /// Makes the table of effects anew. Nothing in it keeps an effect from happening twice.
    pub(super) async fn prepare(&self) -> anyhow::Result<()> {
        for statement in [
            "CREATE TABLE IF NOT EXISTS bench_effects (n bigint NOT NULL)",
            "TRUNCATE bench_effects",
            "DELETE FROM outbox",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Publishes what transactions want published, as every service does.
    pub(super) fn relay(
        &self,
        bus: &Bus,
        tracker: &TaskTracker,
        token: &CancellationToken,
    ) -> RelayHandle {
        Relay::start(
            bus.clone(),
            Arc::new(self.storage.clone()),
            tracker,
            token.clone(),
        )
    }

    /// Commits jobs, hands them to the relay, and waits until all are published.
    pub(super) async fn fill(&self, bus: &Bus, order: &Order) -> anyhow::Result<()> {
        let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
        let relay = self.relay(bus, &tracker, &token);
        let mut next = 0;
        while next < order.count {
            let end = order.count.min(next + BULK);
            let jobs: anyhow::Result<Vec<Job>> = (next..end).map(|n| job(order, n)).collect();
            let jobs = jobs?;
            self.commit(&jobs).await?;
            relay.publish(jobs.into_iter().map(OutboxEntry::Job).collect());
            next = end;
        }
        let unpublished = async {
            while self
                .number("SELECT count(*) FROM outbox WHERE life = 0")
                .await?
                > 0
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, unpublished).await??;
        token.cancel();
        tracker.close();
        tracker.wait().await;
        Ok(())
    }

    async fn commit(&self, jobs: &[Job]) -> anyhow::Result<()> {
        let ids: Vec<_> = jobs.iter().map(|job| job.id.uuid()).collect();
        let data: Vec<_> = jobs.iter().map(|job| job.data.as_str()).collect();
        let Some(first) = jobs.first() else {
            return Ok(());
        };
        sqlx::query(
            "INSERT INTO outbox (id, kind, workspace_id, topic, data)
             SELECT id, 'job', $3, $4, data FROM UNNEST($1::uuid[], $2::text[]) AS new (id, data)",
        )
        .bind(&ids)
        .bind(&data)
        .bind(first.workspace_id.uuid())
        .bind(&first.queue)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whether a job is still to be done: consumers ask before they begin, since a job may be in the queue twice.
    pub(super) async fn wants(&self, id: JobId) -> anyhow::Result<bool> {
        let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM outbox WHERE id = $1)");
        Ok(found.bind(id.uuid()).fetch_one(&self.pool).await?)
    }

    /// The effect of a job, once: in one transaction with the note that it is done.
    pub(super) async fn effect(&self, id: JobId, n: u64) -> anyhow::Result<()> {
        sqlx::query(
            "WITH undone AS (DELETE FROM outbox WHERE id = $1 RETURNING id)
             INSERT INTO bench_effects (n) SELECT $2 FROM undone",
        )
        .bind(id.uuid())
        .bind(i64::try_from(n)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Counts the effects.
    pub(super) async fn effects(&self) -> anyhow::Result<Effects> {
        Ok(Effects {
            all: self.number("SELECT count(*) FROM bench_effects").await?,
            distinct: self
                .number("SELECT count(DISTINCT n) FROM bench_effects")
                .await?,
        })
    }

    async fn number(&self, query: &'static str) -> anyhow::Result<u64> {
        let number: i64 = sqlx::query_scalar(query).fetch_one(&self.pool).await?;
        Ok(u64::try_from(number)?)
    }
}

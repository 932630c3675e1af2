//! Workers in the register: how many runs each takes, which it holds, and whether it is to take any.

use chrono::{DateTime, Utc};
use mosaic_domain::InstanceId;

use crate::audit::{self, NewAudit};
use crate::instance::interval;
use crate::{Actor, AuditOutcome, Error, Instance, Purpose, Storage};

/// The service whose instances are workers.
const SERVICE: &str = "agent-worker";

/// One running worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The replica.
    pub id: InstanceId,
    /// Version of its build.
    pub version: String,
    /// When it registered.
    pub started_at: DateTime<Utc>,
    /// When it was last heard of.
    pub heartbeat_at: DateTime<Utc>,
    /// How many runs it takes at once, once it has said so.
    pub capacity: Option<u32>,
    /// Runs that it holds, as the record has it.
    pub running: u32,
    /// Why it takes no more runs, if it does not.
    pub drain_reason: Option<String>,
}

impl Storage {
    /// Notes how many runs a worker takes, and says whether it is to take none.
    pub async fn report_worker(&self, id: InstanceId, capacity: u32) -> Result<bool, Error> {
        let mut tx = self.system(Purpose::Fleet).await?;
        let draining = sqlx::query_scalar!(
            r#"UPDATE service_instances
               SET capacity = $2
               WHERE id = $1
               RETURNING drain_reason IS NOT NULL AS "draining!""#,
            id.uuid(),
            i32::try_from(capacity).unwrap_or(i32::MAX),
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(draining.unwrap_or_default())
    }

    /// The workers that were heard of lately, the oldest first.
    pub async fn workers(&self) -> Result<Vec<Worker>, Error> {
        let mut tx = self.system(Purpose::Fleet).read().await?;
        let rows = sqlx::query!(
            r#"SELECT i.id, i.version, i.started_at, i.heartbeat_at, i.capacity, i.drain_reason,
                      (SELECT count(*) FROM runs r WHERE r.state = 'running' AND r.worker_id = i.id) AS "running!"
               FROM service_instances i
               WHERE i.service = $1 AND i.heartbeat_at > now() - $2::interval
               ORDER BY i.started_at, i.id"#,
            SERVICE,
            interval(Instance::ALIVE),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Worker {
                id: InstanceId::new(row.id),
                version: row.version,
                started_at: row.started_at,
                heartbeat_at: row.heartbeat_at,
                capacity: row
                    .capacity
                    .and_then(|capacity| u32::try_from(capacity).ok()),
                running: u32::try_from(row.running).unwrap_or(u32::MAX),
                drain_reason: row.drain_reason,
            })
            .collect())
    }

    /// Has a worker take no more runs, or take runs again: `drain` is why not. Says where its gRPC server listens; `None` if
    /// there is no such worker.
    pub async fn drain_worker(
        &self,
        id: InstanceId,
        drain: Option<&str>,
        reason: Option<&str>,
        by: &Actor,
    ) -> Result<Option<String>, Error> {
        let mut tx = self.system(Purpose::Fleet).await?;
        let address = sqlx::query_scalar!(
            "UPDATE service_instances
             SET drain_reason = $2
             WHERE id = $1 AND service = $3 AND heartbeat_at > now() - $4::interval
             RETURNING grpc_address",
            id.uuid(),
            drain,
            SERVICE,
            interval(Instance::ALIVE),
        )
        .fetch_optional(&mut *tx)
        .await?;
        if address.is_some() {
            let action = if drain.is_some() {
                "worker.drain"
            } else {
                "worker.resume"
            };
            let entry = NewAudit {
                by,
                action,
                target: ("worker", id.to_string()),
                reason,
                outcome: AuditOutcome::Done,
            };
            audit::insert(&mut tx, &entry).await?;
            tx.commit().await?;
        }
        Ok(address)
    }
}

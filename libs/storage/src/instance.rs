//! The register of running service instances.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_domain::InstanceId;
use sqlx::postgres::types::PgInterval;

use crate::{Error, Purpose, Storage};

/// One running replica of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The replica.
    pub id: InstanceId,
    /// e.g. `agent-worker`.
    pub service: String,
    /// Version of its build.
    pub version: String,
    /// Where its gRPC server listens, `host:port`.
    pub grpc_address: String,
    /// Where its admin server listens, `host:port`.
    pub admin_address: String,
    /// When it registered.
    pub started_at: DateTime<Utc>,
    /// When it was last heard of.
    pub heartbeat_at: DateTime<Utc>,
}

impl Instance {
    /// Instances that were not heard of for this long count as gone.
    pub const ALIVE: Duration = Duration::from_secs(15);
}

/// A duration as Postgres takes it; anything longer than a few centuries saturates.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    PgInterval {
        months: 0,
        days: 0,
        microseconds,
    }
}

impl Storage {
    /// Registers an instance or renews its registration.
    pub async fn register_instance(&self, instance: &Instance) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Fleet).await?;
        sqlx::query!(
            "INSERT INTO service_instances (id, service, version, grpc_address, admin_address)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(),
                                            grpc_address = EXCLUDED.grpc_address,
                                            admin_address = EXCLUDED.admin_address",
            instance.id.uuid(),
            instance.service,
            instance.version,
            instance.grpc_address,
            instance.admin_address,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes an instance out of the register, and with it those not heard of for a day.
    pub async fn deregister_instance(&self, id: InstanceId) -> Result<(), Error> {
        let mut tx = self.system(Purpose::Fleet).await?;
        sqlx::query!(
            "DELETE FROM service_instances
             WHERE id = $1 OR heartbeat_at < now() - interval '1 day'",
            id.uuid(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Instances heard of within `within`, newest first within each service.
    pub async fn instances(&self, within: Duration) -> Result<Vec<Instance>, Error> {
        let mut tx = self.system(Purpose::Fleet).read().await?;
        let rows = sqlx::query!(
            "SELECT id, service, version, grpc_address, admin_address, started_at, heartbeat_at
             FROM service_instances
             WHERE heartbeat_at > now() - $1::interval
             ORDER BY service, started_at DESC",
            interval(within),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Instance {
                id: InstanceId::new(row.id),
                service: row.service,
                version: row.version,
                grpc_address: row.grpc_address,
                admin_address: row.admin_address,
                started_at: row.started_at,
                heartbeat_at: row.heartbeat_at,
            })
            .collect())
    }

    /// Where the gRPC server of an instance listens, if it was heard of lately: an address that its owner has left may be
    /// somebody else's by now.
    pub async fn instance_address(&self, id: InstanceId) -> Result<Option<String>, Error> {
        let mut tx = self.system(Purpose::Fleet).read().await?;
        let address = sqlx::query_scalar!(
            "SELECT grpc_address
             FROM service_instances
             WHERE id = $1 AND heartbeat_at > now() - $2::interval",
            id.uuid(),
            interval(Instance::ALIVE),
        )
        .fetch_optional(&mut *tx)
        .await?;
        Ok(address)
    }
}

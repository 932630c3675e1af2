//! What operators see on the wire.

use chrono::{DateTime, Utc};
use mosaic_storage::Instance;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether the installation has its first admin.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BootstrapStatus {
    /// Nobody exists yet.
    pub needs_setup: bool,
}

/// The installation as it runs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SystemBody {
    /// Version of the gateway that answers.
    pub version: String,
    /// What it depends on.
    pub components: Vec<ComponentBody>,
    /// Running services.
    pub instances: Vec<InstanceBody>,
    /// Model providers.
    pub providers: Vec<ProviderBody>,
}

/// One thing that a gateway depends on.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComponentBody {
    /// e.g. `postgres`.
    pub name: String,
    /// Whether it answers.
    pub ok: bool,
    /// Version where it answers, or why it does not.
    pub detail: String,
}

/// A running replica of a service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstanceBody {
    /// e.g. `agent-worker`.
    pub service: String,
    /// The replica.
    pub id: Uuid,
    /// Version of its build.
    pub version: String,
    /// Where its gRPC server listens.
    pub grpc_address: String,
    /// Where its admin server listens.
    pub admin_address: String,
    /// When it registered.
    pub started_at: DateTime<Utc>,
    /// When it was last heard of.
    pub heartbeat_at: DateTime<Utc>,
}

impl From<Instance> for InstanceBody {
    fn from(instance: Instance) -> Self {
        Self {
            service: instance.service,
            id: instance.id.uuid(),
            version: instance.version,
            grpc_address: instance.grpc_address,
            admin_address: instance.admin_address,
            started_at: instance.started_at,
            heartbeat_at: instance.heartbeat_at,
        }
    }
}

/// A configured model provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderBody {
    /// Its name in the configuration.
    pub name: String,
    /// Which protocol it speaks.
    pub kind: String,
    /// The model that is asked when nothing else is said.
    pub model: String,
    /// Whether it answers.
    pub ok: bool,
    /// What was found, or why it does not answer, with a remedy.
    pub detail: String,
}

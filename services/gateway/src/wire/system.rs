//! What operators see on the wire.

use chrono::{DateTime, Utc};
use mosaic_bus::QueueStats;
use mosaic_identity::Caller;
use mosaic_storage::Instance;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MeBody {
    /// The person.
    pub user_id: Uuid,
    /// Their workspace.
    pub workspace_id: Uuid,
    /// Their name.
    pub name: String,
    /// Their role there: `owner`, `admin`, `member` or `guest`.
    #[schema(value_type = String)]
    pub role: &'static str,
}

impl From<Caller> for MeBody {
    fn from(caller: Caller) -> Self {
        Self {
            user_id: caller.scope.user_id.uuid(),
            workspace_id: caller.scope.workspace_id.uuid(),
            name: caller.name.as_ref().to_owned(),
            role: caller.role.as_str(),
        }
    }
}

/// Whether the installation has its first admin.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BootstrapStatus {
    /// Nobody exists yet.
    pub needs_setup: bool,
}

/// All task queues.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueList {
    /// By name.
    pub items: Vec<QueueBody>,
}

/// Numbers of a task queue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueBody {
    /// Its name.
    pub name: String,
    /// Entries per lane, taken or not.
    pub lanes: Lanes,
    /// Entries that nobody has taken.
    pub waiting: u64,
    /// Entries being worked on.
    pub pending: u64,
    /// Jobs to come.
    pub delayed: u64,
    /// Jobs given up on.
    pub dead: u64,
    /// Age of the oldest entry that nobody has taken.
    pub oldest_age_ms: Option<u64>,
}

/// Entries per lane.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lanes {
    /// Priorities 8 to 10.
    pub high: u64,
    /// Priorities 4 to 7.
    pub normal: u64,
    /// Priorities 1 to 3.
    pub low: u64,
}

impl QueueBody {
    /// The numbers of the queue `name`.
    #[must_use]
    pub(crate) fn new(name: String, stats: &QueueStats) -> Self {
        let [high, normal, low] = stats.depth;
        let millis = |age: std::time::Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self {
            name,
            lanes: Lanes { high, normal, low },
            waiting: stats.waiting,
            pending: stats.pending,
            delayed: stats.delayed,
            dead: stats.dead,
            oldest_age_ms: stats.oldest_age.map(millis),
        }
    }
}

/// Which events of the workspace.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only this type, or types that begin like this when it ends in `*`.
    pub r#type: Option<String>,
    /// Only this subject, or subjects that begin like this when it ends in `*`.
    pub subject: Option<String>,
    /// From this time on (RFC 3339); from now on unless said.
    pub since: Option<DateTime<Utc>>,
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

//! What the API says of the installation itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What runs and how it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct System {
    /// Version of the gateway.
    pub version: String,
    /// What the gateway depends on.
    #[serde(default)]
    pub components: Vec<Component>,
    /// The replicas that are registered.
    #[serde(default)]
    pub instances: Vec<Instance>,
    /// The model providers.
    #[serde(default)]
    pub providers: Vec<Provider>,
}

/// One thing that the gateway depends on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Component {
    /// e.g. `postgres`.
    pub name: String,
    /// Whether it answers.
    #[serde(default)]
    pub ok: bool,
    /// Its version, or why it does not answer.
    #[serde(default)]
    pub detail: String,
}

/// One running replica of a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// The service.
    pub service: String,
    /// The replica.
    pub id: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// Where peers reach it.
    #[serde(default)]
    pub grpc_address: Option<String>,
    /// Its probes and metrics.
    #[serde(default)]
    pub admin_address: Option<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it was last heard.
    pub heartbeat_at: DateTime<Utc>,
}

/// One model provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its configured name.
    pub name: String,
    /// The protocol.
    pub kind: String,
    /// The model that is asked when nothing else is said.
    #[serde(default)]
    pub model: Option<String>,
    /// Whether it can be used; none when it was not tried.
    #[serde(default)]
    pub ok: Option<bool>,
    /// What is wrong or worth knowing.
    #[serde(default)]
    pub detail: Option<String>,
}

/// An event of the bus with its `CloudEvents` attributes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BusEvent {
    /// Unique.
    pub id: String,
    /// e.g. `message.created`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service that published it.
    #[serde(default)]
    pub source: String,
    /// What it is about.
    #[serde(default)]
    pub subject: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The payload.
    #[serde(default)]
    pub data: Value,
    /// The remaining attributes.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
}

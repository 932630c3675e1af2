//! The services: where they listen and how much they take on.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::unset;
use crate::errors::Faults;
use crate::network::Network;

/// `[gateway]`: the public API.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct GatewayConfig {
    /// HTTP, WebSocket, SSE.
    pub listen: SocketAddr,
    /// gRPC health and reflection.
    pub grpc_listen: SocketAddr,
    /// Probes and metrics.
    pub admin_listen: SocketAddr,
    /// A larger request body is refused.
    pub max_body_bytes: usize,
    /// A longer message is refused.
    pub max_message_chars: usize,
    /// Where browsers find the web page, when that is not the address it listens on.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub public_url: Option<String>,
    /// Browser origins that may call from other sites.
    pub allowed_origins: Vec<String>,
    /// Addresses and networks of proxies that say for whom they ask.
    pub trusted_proxies: Vec<String>,
    /// The longest a request may take that is not a stream.
    pub request_timeout_ms: u64,
    /// How often a silent stream gives a sign of life.
    pub stream_heartbeat_ms: u64,
    /// How often a stream looks for events without having been notified.
    pub stream_poll_ms: u64,
    /// Streams that one person may have open at once; with one token or session, half of them.
    pub max_streams_per_user: usize,
}

impl GatewayConfig {
    /// The origin of `public_url`, e.g. `https://mosaic.example.com`.
    #[must_use]
    pub fn public_origin(&self) -> Option<String> {
        let url = Url::parse(self.public_url.as_deref()?).ok()?;
        let web = matches!(url.scheme(), "http" | "https");
        web.then(|| url.origin().ascii_serialization())
    }

    /// The proxies that say for whom they ask.
    #[must_use]
    pub fn proxies(&self) -> Vec<Network> {
        let networks = self.trusted_proxies.iter();
        networks.filter_map(|text| text.parse().ok()).collect()
    }

    /// The longest a request may take that is not a stream.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How often a silent stream gives a sign of life.
    #[must_use]
    pub fn stream_heartbeat(&self) -> Duration {
        Duration::from_millis(self.stream_heartbeat_ms)
    }

    /// How often a stream looks for events without having been notified.
    #[must_use]
    pub fn stream_poll(&self) -> Duration {
        Duration::from_millis(self.stream_poll_ms)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range(
            "gateway.max_body_bytes",
            self.max_body_bytes,
            1024..=1 << 30,
        );
        faults.range(
            "gateway.max_message_chars",
            self.max_message_chars,
            1..=1 << 24,
        );
        faults.range(
            "gateway.request_timeout_ms",
            self.request_timeout_ms,
            100..=3_600_000,
        );
        faults.range(
            "gateway.stream_heartbeat_ms",
            self.stream_heartbeat_ms,
            100..=600_000,
        );
        faults.range("gateway.stream_poll_ms", self.stream_poll_ms, 10..=60_000);
        faults.range(
            "gateway.max_streams_per_user",
            self.max_streams_per_user,
            2..=1_000_000,
        );
        if self.public_url.is_some() && self.public_origin().is_none() {
            faults.add(
                "gateway.public_url",
                "is not the address of a web page",
                "write it as browsers show it, for example https://mosaic.example.com",
            );
        }
        for proxy in &self.trusted_proxies {
            if proxy.parse::<Network>().is_err() {
                faults.add(
                    "gateway.trusted_proxies",
                    format!("`{proxy}` is neither an address nor a network"),
                    "write it like 10.0.0.5, 10.0.0.0/8 or fd00::/8",
                );
            }
        }
        for origin in &self.allowed_origins {
            let fits =
                Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
            if !fits {
                faults.add(
                    "gateway.allowed_origins",
                    format!("`{origin}` is not an origin"),
                    "write scheme://host[:port] without a path, for example https://app.example.com",
                );
            }
        }
    }
}

/// `[agent_worker]`: the service that runs agents.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AgentWorkerConfig {
    /// gRPC: control, health, reflection.
    pub grpc_listen: SocketAddr,
    /// `host:port` by which peers reach `grpc_listen`; the bound address when not set.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub grpc_advertise: Option<String>,
    /// Probes and metrics.
    pub admin_listen: SocketAddr,
    /// Runs carried at the same time.
    pub concurrency: usize,
    /// Without a sign for this long a run is taken over.
    pub lease_ms: u64,
    /// How often leases are renewed.
    pub heartbeat_ms: u64,
    /// Model calls in one run.
    pub max_steps: u32,
    /// The longest a run may take.
    pub run_timeout_s: u64,
    /// The longest a tool call may take.
    pub tool_timeout_s: u64,
}

impl AgentWorkerConfig {
    /// Without a sign for this long a run is taken over.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    /// How often leases are renewed.
    #[must_use]
    pub fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }

    /// The longest a run may take.
    #[must_use]
    pub fn run_timeout(&self) -> Duration {
        Duration::from_secs(self.run_timeout_s)
    }

    /// The longest a tool call may take.
    #[must_use]
    pub fn tool_timeout(&self) -> Duration {
        Duration::from_secs(self.tool_timeout_s)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range("agent_worker.concurrency", self.concurrency, 1..=10_000);
        faults.range("agent_worker.lease_ms", self.lease_ms, 100..=600_000);
        faults.range("agent_worker.heartbeat_ms", self.heartbeat_ms, 10..=300_000);
        faults.range("agent_worker.max_steps", self.max_steps, 1..=1000);
        faults.range(
            "agent_worker.run_timeout_s",
            self.run_timeout_s,
            1..=604_800,
        );
        faults.range(
            "agent_worker.tool_timeout_s",
            self.tool_timeout_s,
            1..=86_400,
        );
        if self.heartbeat_ms.saturating_mul(2) > self.lease_ms {
            faults.add(
                "agent_worker.heartbeat_ms",
                format!(
                    "{} is more than half of lease_ms ({}): one late beat would lose the lease",
                    self.heartbeat_ms, self.lease_ms
                ),
                "lower heartbeat_ms or raise agent_worker.lease_ms",
            );
        }
    }
}

/// The section of a service that only listens: `[memory_indexer]`, `[channel_bridge]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ServiceConfig {
    /// gRPC: its service, health, reflection.
    pub grpc_listen: SocketAddr,
    /// `host:port` by which peers reach `grpc_listen`; the bound address when not set.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub grpc_advertise: Option<String>,
    /// Probes and metrics.
    pub admin_listen: SocketAddr,
}

/// Two listeners on one address: the second would fail at start, and only on the machine that runs both.
pub(crate) fn refuse_shared_addresses(listeners: &[(&str, SocketAddr)], faults: &mut Faults) {
    for (index, (key, address)) in listeners.iter().enumerate() {
        let taken = listeners[..index]
            .iter()
            .find(|(_, other)| other == address);
        if let Some((other, _)) = taken.filter(|_| address.port() != 0) {
            faults.add(
                *key,
                format!("{address} is already {other}"),
                "give each its own port",
            );
        }
    }
}

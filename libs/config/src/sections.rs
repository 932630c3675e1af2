//! The sections of the configuration, one struct per concern, each with its own check.

mod agent;
mod auth;
mod channels;
mod connections;
mod limits;
mod memory;
mod oidc;
mod operation;
mod providers;
mod secrets;
mod services;
mod summarizer;
mod unset;
mod watchdog;

pub use agent::{Agent, AgentConfig, AgentProfile, Agents, AgentsConfig};
pub use auth::{AuthConfig, Registration};
pub use channels::{ChannelMode, ChannelsConfig, TelegramConfig};
pub use connections::{PostgresConfig, ValkeyConfig};
pub use limits::LimitsConfig;
pub use memory::{EmbedderKind, MemoryConfig};
pub use oidc::OidcProviderConfig;
pub use operation::{
    ClientConfig, InternalConfig, LocalConfig, LogFormat, ShutdownConfig, TelemetryConfig,
};
pub use providers::{ProviderConfig, ProviderKind, ProvidersConfig};
pub use secrets::SecretsConfig;
pub use services::{AgentWorkerConfig, GatewayConfig, ServiceConfig};
pub use summarizer::SummarizerConfig;
pub use watchdog::WatchdogConfig;

use std::net::SocketAddr;

use serde::Serialize;

use crate::errors::{ConfigErrors, Faults};

/// The whole configuration. Serialising it hides the secrets.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// The database of record.
    pub postgres: PostgresConfig,
    /// Queues, events and live tokens.
    pub valkey: ValkeyConfig,
    /// The public API.
    pub gateway: GatewayConfig,
    /// How people sign in.
    pub auth: AuthConfig,
    /// How often somebody may ask.
    pub limits: LimitsConfig,
    /// Runs of which nothing is heard.
    pub watchdog: WatchdogConfig,
    /// The service that runs agents.
    pub agent_worker: AgentWorkerConfig,
    /// The service that keeps the memory index.
    pub memory_indexer: ServiceConfig,
    /// The service that compacts conversations.
    pub summarizer: SummarizerConfig,
    /// The service that talks to chat networks.
    pub channel_bridge: ServiceConfig,
    /// The chat channels.
    pub channels: ChannelsConfig,
    /// The model providers.
    pub providers: ProvidersConfig,
    /// The agent that answers unless another was chosen.
    pub agent: AgentConfig,
    /// The other agents, by name.
    pub agents: AgentsConfig,
    /// What agents remember.
    pub memory: MemoryConfig,
    /// `mosaic up`.
    pub local: LocalConfig,
    /// How services know each other.
    pub internal: InternalConfig,
    /// The key under which secrets lie in the record.
    pub secrets: SecretsConfig,
    /// The command line client.
    pub client: ClientConfig,
    /// Logs, traces, metrics.
    pub telemetry: TelemetryConfig,
    /// Stopping.
    pub shutdown: ShutdownConfig,
}

impl Config {
    /// Checks every section and reports all faults; for configurations that were changed in code.
    pub fn validate(&self) -> Result<(), ConfigErrors> {
        let mut faults = Faults::default();
        self.check(&mut faults);
        for fault in &mut faults.found {
            "set in code".clone_into(&mut fault.origin);
        }
        faults.into_result()
    }

    pub(crate) fn check(&self, faults: &mut Faults) {
        let Self {
            postgres,
            valkey,
            gateway,
            auth,
            limits,
            watchdog,
            agent_worker,
            memory_indexer,
            summarizer,
            channel_bridge,
            channels,
            providers,
            agent,
            agents,
            memory,
            local: _,
            internal,
            secrets,
            client,
            telemetry,
            shutdown,
        } = self;
        postgres.validate(faults);
        valkey.validate(faults);
        gateway.validate(faults);
        auth.validate(faults);
        oidc::require_key(auth, secrets, faults);
        limits.validate(faults);
        watchdog.validate(faults);
        agent_worker.validate(faults);
        summarizer.validate(faults);
        channels.validate(faults);
        providers.validate(faults);
        agent.validate(agents, faults);
        memory.validate(providers, faults);
        internal.validate(faults);
        secrets.validate(faults);
        client.validate(faults);
        telemetry.validate(faults);
        shutdown.validate(faults);
        let listeners = [
            ("gateway.listen", gateway.listen),
            ("gateway.grpc_listen", gateway.grpc_listen),
            ("gateway.admin_listen", gateway.admin_listen),
            ("agent_worker.grpc_listen", agent_worker.grpc_listen),
            ("agent_worker.admin_listen", agent_worker.admin_listen),
            ("memory_indexer.grpc_listen", memory_indexer.grpc_listen),
            ("memory_indexer.admin_listen", memory_indexer.admin_listen),
            ("summarizer.grpc_listen", summarizer.grpc_listen),
            ("summarizer.admin_listen", summarizer.admin_listen),
            ("channel_bridge.grpc_listen", channel_bridge.grpc_listen),
            ("channel_bridge.admin_listen", channel_bridge.admin_listen),
        ];
        services::refuse_shared_addresses(&listeners, faults);
    }

    /// Every address a service listens on.
    pub(crate) fn listeners_mut(&mut self) -> [&mut SocketAddr; 11] {
        [
            &mut self.gateway.listen,
            &mut self.gateway.grpc_listen,
            &mut self.gateway.admin_listen,
            &mut self.agent_worker.grpc_listen,
            &mut self.agent_worker.admin_listen,
            &mut self.memory_indexer.grpc_listen,
            &mut self.memory_indexer.admin_listen,
            &mut self.summarizer.grpc_listen,
            &mut self.summarizer.admin_listen,
            &mut self.channel_bridge.grpc_listen,
            &mut self.channel_bridge.admin_listen,
        ]
    }

    /// All agents that can be chosen.
    #[must_use]
    pub fn all_agents(&self) -> Agents {
        Agents::new(&self.agent, &self.agents)
    }

    /// The effective configuration as TOML, secrets hidden: fit for logs and for `mosaic doctor`.
    #[must_use]
    pub fn redacted_dump(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_else(|error| format!("# not printable: {error}\n"))
    }
}

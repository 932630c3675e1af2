//! Configuration: annotated defaults, file, environment; every bad key reported at once.
//!
//! `mosaic.toml` in this crate is the list of all settings with their defaults; it is compiled in and is also the
//! documentation. A user's own file overrides it, `MOSAIC_<SECTION>__<KEY>` overrides the file. [`Config::load`] collects
//! every fault of every layer before it gives up, so that one start is enough to repair a configuration.
//!
//! This is the only crate that reads the environment of the process; what else needs something from there asks
//! [`environment`]. Secrets are [`SecretString`]s: they are neither printed nor serialised.

pub mod environment;
mod errors;
mod load;
mod network;
mod redact;
mod schema;
mod sections;
mod timetable;

pub use errors::{ConfigErrors, ConfigFault, EX_CONFIG};
pub use load::{DEFAULTS, FoundFile, LoadOptions};
pub use network::{InvalidNetwork, Network};
pub use redact::{HIDDEN, RedactedUrl, redact_url};
pub use secrecy::{ExposeSecret, SecretString};
pub use sections::{
    Agent, AgentConfig, AgentProfile, AgentWorkerConfig, Agents, AgentsConfig, AuthConfig,
    ChannelMode, ChannelsConfig, ClientConfig, Config, EmbedderKind, GatewayConfig, InternalConfig,
    LimitsConfig, LocalConfig, LogFormat, MemoryConfig, OidcProviderConfig, PostgresConfig,
    ProviderConfig, ProviderKind, ProvidersConfig, Registration, SecretsConfig, ServiceConfig,
    ShutdownConfig, SummarizerConfig, TelegramConfig, TelemetryConfig, ValkeyConfig,
    WatchdogConfig,
};
pub use timetable::{InvalidTimetable, Timetable};

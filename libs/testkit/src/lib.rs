//! What tests share: databases, buses, a scripted model server, a proxy that misbehaves, fixtures.

pub mod bot_api;
#[cfg(feature = "services")]
pub mod caller;
pub mod chance;
pub mod chaos_proxy;
pub mod database;
mod environment;
#[cfg(feature = "services")]
pub mod event_service;
pub mod issuer;
pub mod model_server;
pub mod openid_provider;
#[cfg(feature = "services")]
pub mod service;
#[cfg(feature = "terminal")]
pub mod terminal;
pub mod valkey;

pub use bot_api::BotApi;
#[cfg(feature = "services")]
pub use caller::ServiceCaller;
pub use chance::Chance;
pub use chaos_proxy::{ChaosProxy, Trouble, Weather};
pub use database::TestDatabase;
pub use issuer::Issuer;
pub use openid_provider::OpenIdProvider;
#[cfg(feature = "services")]
pub use service::TestService;
pub use valkey::TestValkey;

//! What tests share: databases, buses, a scripted model server, a proxy that misbehaves, fixtures.

pub mod bot_api;
pub mod chance;
pub mod chaos_proxy;
pub mod database;
mod environment;
#[cfg(feature = "services")]
pub mod event_service;
pub mod model_server;
#[cfg(feature = "services")]
pub mod service;
#[cfg(feature = "terminal")]
pub mod terminal;
pub mod valkey;

pub use bot_api::BotApi;
pub use chance::Chance;
pub use chaos_proxy::{ChaosProxy, Trouble, Weather};
pub use database::TestDatabase;
#[cfg(feature = "services")]
pub use service::TestService;
pub use valkey::TestValkey;

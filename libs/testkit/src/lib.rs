//! What tests share: databases, buses, a scripted model server, fixtures.

pub mod database;
mod environment;
pub mod model_server;
pub mod valkey;

pub use database::TestDatabase;
pub use valkey::TestValkey;

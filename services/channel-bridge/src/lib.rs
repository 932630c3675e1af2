//! The service `channel-bridge`: consumes the events about messages and counts them.
//!
//! It does nothing else. Carrying messages to and from chat channels are not built yet; until they are, this service shows that
//! events reach it, each counted once, and how it is.

mod app;

pub use app::ChannelBridge;

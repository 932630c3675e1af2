//! What every service stands on: Postgres with a schema it knows, Valkey, its entry in the register, what it says of
//! itself, the events it consumes, and the model providers it may ask.
//!
//! `libs/runtime` knows how a service starts and stops but neither the record nor the bus; this crate joins the three,
//! once for all services. [`connect_storage`] and [`connect_bus`] fail with what is in the way and a remedy,
//! [`watch_storage`] and [`watch_bus`] keep readiness true afterwards, [`StorageRegister`] keeps the instance findable,
//! [`Guard`] decides who may call it over gRPC, [`Peers`] reaches the other services,
//! [`describe`] answers `mosaic.health.v1.HealthService`. [`EventService`] is the whole of a service that lives off an
//! event stream; it is told what to do with an event by an [`EventHandler`]. [`providers`] makes the configured model
//! providers reachable to those that use them, and [`schedule`] lets a service do things by the clock.

mod access;
mod connect;
mod consume;
mod count;
mod event_service;
mod guard;
mod memory;
mod peers;
pub mod providers;
mod recent;
mod register;
pub mod schedule;
mod sealer;
mod watch;

pub use connect::{connect_bus, connect_storage};
pub use consume::{EventHandler, Rejected, consume_events};
pub use count::EventCounter;
pub use event_service::{EventService, EventServiceOptions};
pub use guard::Guard;
pub use memory::search_memory;
pub use peers::{Credentials, PeerChannel, PeerError, Peers, Shown};
pub use recent::Recent;
pub use register::{StorageRegister, describe, registration};
pub use sealer::sealer;
pub use watch::{watch_bus, watch_storage};

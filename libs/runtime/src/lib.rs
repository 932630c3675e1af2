//! The one start-up and shutdown sequence of every service.
//!
//! A service is an [`App`]: it is built from a [`Config`](mosaic_config::Config) and a [`Lifecycle`], which opens
//! its connections and ports, and then runs until the lifecycle is stopped. [`main`] does this for a process of
//! one service; `mosaic up` and tests do it for many in one process. Nothing is spawned outside the lifecycle.

mod admin;
mod admission;
mod app;
pub mod clock;
pub mod describe;
mod grpc;
mod lifecycle;
mod listen;
mod process;
mod readiness;
pub mod registration;
mod start_error;

pub use admin::Admin;
pub use admission::{Admission, PeerIdentity};
pub use app::{Addresses, App};
pub use describe::ComponentState;
pub use grpc::Grpc;
pub use lifecycle::{Failure, Lifecycle};
pub use listen::bind;
pub use process::{install_crypto, main};
pub use readiness::{Component, Readiness};
pub use start_error::{EX_SOFTWARE, EX_UNAVAILABLE, StartError};

/// Version of the build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

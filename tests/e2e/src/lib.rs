//! A whole installation for tests: private Postgres and Valkey, a scripted model, and the services as processes
//! that can be killed.

mod launcher;
mod probe;
mod process;
mod watcher;
mod world;

pub use launcher::Launcher;
pub use probe::{Call, Ledger, ProbeServer};
pub use process::{Process, free_port, program, run_to_end};
pub use watcher::{Event, Watcher, gapless, text_after_rewinds};
pub use world::{PATIENCE, Scene, World, eventually};

//! A whole installation for tests: private Postgres and Valkey, a scripted model, and the services as processes
//! that can be killed.

mod probe;
mod process;
mod watcher;
mod world;

pub use probe::ProbeServer;
pub use process::{Process, program, run_to_end};
pub use watcher::{Event, Watcher, gapless, text_after_rewinds};
pub use world::{PATIENCE, Scene, World, eventually};

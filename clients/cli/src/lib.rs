//! The mosaic command line: verbs over the public API, `mosaic up` and `mosaic doctor`.
//!
//! Data go to standard output, talk goes to standard error ([`output`]); how a command ended is its exit code
//! ([`Exit`]). Each verb is a module with its arguments and one `run`. Only `up` and the probes of `doctor`
//! know more than the public API; they are behind the feature `local`.

mod audit;
mod channel;
mod chat;
mod choices;
mod cli;
mod completions;
mod confirm;
mod connect;
mod context;
mod conversations;
mod data_folder;
mod doctor;
mod events;
mod exit;
mod failure;
mod interrupt;
mod memory;
mod output;
mod queue;
mod render;
mod runs;
mod start;
mod summaries;
mod tui;
#[cfg(feature = "local")]
mod up;
mod version;
mod workers;

pub use cli::{Cli, Command, Globals};
pub use exit::Exit;
pub use start::main;

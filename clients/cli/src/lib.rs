//! The mosaic command line: verbs over the public API, `mosaic up` and `mosaic doctor`.
//!
//! Data go to standard output, talk goes to standard error ([`output`]); how a command ended is its exit code
//! ([`Exit`]). Each verb is a module with its arguments and one `run`. Only `up` and the probes of `doctor`
//! know more than the public API; they are behind the feature `local`.

mod account;
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
mod credentials;
mod data_folder;
mod doctor;
mod events;
mod exit;
mod failure;
mod identity;
mod interrupt;
mod invite;
mod link;
mod login;
mod logout;
mod member;
mod memory;
mod named;
mod output;
mod pages;
mod passwd;
mod queue;
mod register;
mod render;
mod runs;
mod session;
mod start;
mod summaries;
mod team;
mod token;
mod tui;
mod typed;
#[cfg(feature = "local")]
mod up;
mod user;
mod version;
mod whoami;
mod workers;
mod workspace;

pub use cli::{Cli, Command, Globals};
pub use exit::Exit;
pub use start::main;

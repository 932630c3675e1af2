//! Benchmark programs; run them with `cargo xtask bench`.
//!
//! They measure the services as they ship: release builds as processes of their own, durable commits, tokens checked. A
//! figure stands beside its references of the same run, in rounds that take turns, because machines are noisy.

mod auth;
mod cli;
mod fanout;
mod http;
mod jobs;
mod load;
mod measure;
mod memory;
mod reference;
mod report;
mod system;
mod turns;

pub use cli::main;

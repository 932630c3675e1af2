//! Claims run jobs and executes the agent loop; any number of replicas.
//!
//! A job from the queue `runs` is claimed in Postgres (lease and fencing epoch), executed step by step through
//! `libs/agent`, recorded through the run's journal and shown through its live log. [`App`] is the service;
//! [`Builder`] lets tests and embedders add tools.

mod app;
mod control;
mod gate;
mod intake;
mod memory;
mod metrics;
mod run;

pub use app::{App, Builder};

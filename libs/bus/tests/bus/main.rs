//! The bus against a real Valkey. Tests that kill Valkey start one of their own; the others share the one of the test
//! run and keep apart by key prefix.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers outside of #[test] functions fail their test like these do"
)]

mod dead;
mod doorbells;
mod drain;
mod events;
mod faults;
mod once;
mod ordering;
mod pause;
mod queue;
mod rate_limit;
mod rebuild;
mod relay;
mod run_log;
mod support;
mod table;
mod upkeep;
mod work;

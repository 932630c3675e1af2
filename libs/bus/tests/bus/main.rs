//! The bus against a real Valkey. Tests that kill Valkey start one of their own; the others share the one of the test
//! run and keep apart by key prefix.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers outside of #[test] functions fail their test like these do"
)]

mod doorbells;
mod events;
mod faults;
mod queue;
mod relay;
mod run_log;
mod support;

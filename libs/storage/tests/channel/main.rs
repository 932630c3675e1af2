//! Chat channels on a real Postgres.

#![expect(
    clippy::unwrap_used,
    reason = "helpers outside of #[test] functions fail their test like these do"
)]

mod holds;
mod inbox;
mod links;
mod support;

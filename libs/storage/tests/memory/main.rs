//! Memory on a real Postgres.

#![expect(
    clippy::unwrap_used,
    reason = "helpers outside of #[test] functions fail their test like these do"
)]

mod capture;
mod embed;
mod forget;
mod neighbours;
mod progress;
mod search;
mod support;
mod titles;

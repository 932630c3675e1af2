//! The outbox on a real Postgres, and with the relay on a real Valkey.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers outside of #[test] functions fail their test like these do"
)]

mod delivered;
mod discard;
mod due;
mod queues;
mod relay;
mod support;
mod upkeep;

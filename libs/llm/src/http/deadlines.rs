//! When waiting ends.

use std::time::Duration;

use tokio::time::Instant;

use crate::TimeoutOverrides;
use crate::config::Timeouts;

/// Listing models and connection tests answer at once or not at all.
const LOOKUP_LIMIT: Duration = Duration::from_secs(15);

/// When one call has waited long enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    pub(super) first_byte: Instant,
    pub(super) idle: Duration,
    pub(super) total: Instant,
}

impl Deadlines {
    pub(super) fn start(timeouts: &Timeouts, overrides: &TimeoutOverrides) -> Self {
        let now = Instant::now();
        let total = now + overrides.total.unwrap_or(timeouts.total);
        let first_byte = now + overrides.first_byte.unwrap_or(timeouts.first_byte);
        Self {
            first_byte: first_byte.min(total),
            idle: overrides.idle.unwrap_or(timeouts.idle),
            total,
        }
    }

    pub(super) fn lookup(timeouts: &Timeouts) -> Self {
        Self::within(LOOKUP_LIMIT, timeouts)
    }

    /// One limit for everything.
    pub(super) fn within(limit: Duration, timeouts: &Timeouts) -> Self {
        let limit = limit.min(timeouts.total);
        let end = Instant::now() + limit;
        Self {
            first_byte: end,
            idle: limit,
            total: end,
        }
    }
}

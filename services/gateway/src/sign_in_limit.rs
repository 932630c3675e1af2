//! How often somebody may fail to sign in from one address: in constant memory, whoever asks and however many they are. Only
//! failures count and only failures are refused, so that nobody keeps those out who have a token.
//!
//! Each address has a slot in a fixed table, found by a hash that nobody outside can predict. A slot holds one number: the time at
//! which all failures so far would have been spread evenly. Two addresses in one slot share its allowance, which costs
//! them nothing unless one of them floods.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::places::network;

/// Slots of the table.
const SLOTS: usize = 4_096;
/// Failures at once.
const BURST: u64 = 20;
/// Then one in this time.
const EVERY: u64 = 3_000;

/// Counts failures per address. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct SignInLimit {
    slots: Arc<[AtomicU64]>,
    hasher: RandomState,
    began: Instant,
}

impl SignInLimit {
    /// Nobody has failed yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            began: Instant::now(),
        }
    }

    /// One more failure from this address; if it comes too soon, how long to wait.
    pub(crate) fn failure(&self, address: IpAddr) -> Result<(), Duration> {
        self.failure_at(address, self.began.elapsed())
    }

    fn failure_at(&self, address: IpAddr, now: Duration) -> Result<(), Duration> {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX >> 1);
        let slot = self.hasher.hash_one(network(address)) % SLOTS as u64;
        let Some(slot) = usize::try_from(slot).ok().and_then(|at| self.slots.get(at)) else {
            return Ok(());
        };
        let allowed = |even: u64| {
            let next = even.max(now) + EVERY;
            (next <= now + BURST * EVERY).then_some(next)
        };
        match slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, allowed) {
            Ok(_) => Ok(()),
            Err(even) => Err(Duration::from_millis(
                (even + EVERY).saturating_sub(now + BURST * EVERY),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_run_out_and_come_back_with_time() {
        let limit = SignInLimit::new();
        let address = IpAddr::from([10, 0, 0, 1]);
        let now = Duration::from_secs(100);
        for attempt in 0..BURST {
            assert!(limit.failure_at(address, now).is_ok(), "{attempt}");
        }
        let wait = limit.failure_at(address, now).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(EVERY));
        assert!(limit.failure_at(address, now + wait).is_ok());
        assert!(limit.failure_at(address, now + wait).is_err());
    }
}

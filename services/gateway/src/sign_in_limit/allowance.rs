//! A number of failures at once and then one in a time, for each of any number of keys, in a table of fixed size.
//!
//! A key has a place in one of a few slots, found by a hash that nobody outside can predict. A slot holds the whole hash, so that no
//! two keys are taken for one another, and one time: that at which all failures so far would have been spread evenly. Where the
//! slots are full, the key that owes least makes room: a flood of keys is forgotten before a key that floods.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Sets of slots. With [`WAYS`] of 16 bytes each: 256 KiB.
const SETS: usize = 4_096;
/// Slots in a set.
const WAYS: usize = 4;

/// Counts failures per key. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    slots: Arc<Mutex<Box<[Slot]>>>,
    hasher: RandomState,
    began: Instant,
    burst: u64,
    every: u64,
}

/// The failures of one key.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    /// In milliseconds since the begin.
    even: u64,
}

/// One failure that was counted.
#[derive(Debug)]
pub(super) struct Taken {
    allowance: Allowance,
    key: u64,
}

impl Allowance {
    /// This many failures at once, then one in this time.
    pub(super) fn new(burst: u64, every: Duration) -> Self {
        Self {
            slots: Arc::new(Mutex::new(vec![Slot::default(); SETS * WAYS].into())),
            hasher: RandomState::new(),
            began: Instant::now(),
            burst,
            every: millis(every).max(1),
        }
    }

    /// One more failure; if it comes too soon, how long to wait.
    pub(super) fn take(&self, key: impl Hash) -> Result<Taken, Duration> {
        self.take_at(key, self.began.elapsed())
    }

    fn take_at(&self, key: impl Hash, now: Duration) -> Result<Taken, Duration> {
        let (key, now) = (self.hasher.hash_one(key), millis(now));
        let mut slots = self.lock();
        let set = set_of(&mut slots, key);
        let at = match set.iter().position(|slot| slot.key == key) {
            Some(own) => own,
            None => least_indebted(set),
        };
        let Some(slot) = set.get_mut(at) else {
            return Err(Duration::ZERO);
        };
        let even = if slot.key == key { slot.even } else { 0 };
        let next = even.max(now) + self.every;
        let most = now + self.burst * self.every;
        if next > most {
            return Err(Duration::from_millis(next - most));
        }
        *slot = Slot { key, even: next };
        drop(slots);
        Ok(Taken {
            allowance: self.clone(),
            key,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Box<[Slot]>> {
        // Nothing between the statements can panic, so slots are whole whatever happens elsewhere.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// It was none after all.
    pub(super) fn give_back(self) {
        let Self { allowance, key } = self;
        let mut slots = allowance.lock();
        let set = set_of(&mut slots, key);
        if let Some(slot) = set.iter_mut().find(|slot| slot.key == key) {
            slot.even = slot.even.saturating_sub(allowance.every);
        }
    }
}

fn set_of(slots: &mut [Slot], key: u64) -> &mut [Slot] {
    let sets = (slots.len() / WAYS).max(1) as u64;
    // The low bits choose; it is less than the number of slots.
    let first = usize::try_from(key % sets).unwrap_or_default() * WAYS;
    slots.get_mut(first..first + WAYS).unwrap_or_default()
}

fn least_indebted(set: &[Slot]) -> usize {
    let slots = set.iter().enumerate();
    slots
        .min_by_key(|(_, slot)| slot.even)
        .map_or(0, |(at, _)| at)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);
    const EVERY: Duration = Duration::from_secs(3);

    #[test]
    fn failures_run_out_and_come_back_with_time() {
        let allowance = Allowance::new(20, EVERY);
        for attempt in 0..20 {
            assert!(allowance.take_at("a", NOW).is_ok(), "{attempt}");
        }
        let wait = allowance.take_at("a", NOW).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= EVERY);
        assert!(allowance.take_at("a", NOW + wait).is_ok());
        assert!(allowance.take_at("a", NOW + wait).is_err());
        assert!(allowance.take_at("b", NOW).is_ok());
    }

    #[test]
    fn what_is_given_back_was_not_taken() {
        let allowance = Allowance::new(1, EVERY);
        let taken = allowance.take_at("a", NOW).unwrap();
        assert!(allowance.take_at("a", NOW).is_err());
        taken.give_back();
        assert!(allowance.take_at("a", NOW).is_ok());
    }

    #[test]
    fn a_flood_of_keys_is_forgotten_before_a_key_that_floods() {
        let allowance = Allowance::new(20, EVERY);
        while allowance.take_at("flood", NOW).is_ok() {}
        for key in 0..100_000 {
            assert!(allowance.take_at(key, NOW).is_ok(), "{key}");
        }
        assert!(allowance.take_at("flood", NOW).is_err());
    }
}

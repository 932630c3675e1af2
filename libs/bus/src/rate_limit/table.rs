//! What this process knows of allowances, in a table of fixed size.
//!
//! A key has a place in one of a few slots, found by a hash that nobody outside can predict. A slot holds the whole hash, so that no
//! two keys are taken for one another, and one time: that until which everything taken so far is spread evenly. Where the
//! slots are full, the key that owes least makes room: a flood of keys is forgotten before a key that floods.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Limit, Rate, Refused};

/// Sets of slots. With [`WAYS`] of 16 bytes each: 256 KiB.
const SETS: usize = 4_096;
/// Slots in a set.
const WAYS: usize = 4;

/// Counts what is taken per key.
#[derive(Debug)]
pub(super) struct Table {
    slots: Mutex<Box<[Slot]>>,
    hasher: RandomState,
    began: Instant,
}

/// What was taken of one allowance.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    /// In microseconds since the begin.
    even: u64,
}

impl Table {
    /// Nothing was taken yet.
    pub(super) fn new() -> Self {
        Self {
            slots: Mutex::new(vec![Slot::default(); SETS * WAYS].into()),
            hasher: RandomState::new(),
            began: Instant::now(),
        }
    }

    /// Microseconds since the begin.
    pub(super) fn now(&self) -> u64 {
        super::micros(self.began.elapsed())
    }

    /// Takes one of each of these allowances, or of none if one of them does not fit.
    pub(super) fn take(&self, limits: &[Limit]) -> Result<(), Refused> {
        self.take_at(limits, self.now())
    }

    /// Whether one of each would fit.
    pub(super) fn look(&self, limits: &[Limit]) -> Result<(), Refused> {
        let (now, mut slots) = (self.now(), self.lock());
        self.fit(&mut slots, limits, now)
    }

    fn take_at(&self, limits: &[Limit], now: u64) -> Result<(), Refused> {
        let mut slots = self.lock();
        self.fit(&mut slots, limits, now)?;
        for limit in limits {
            let slot = self.slot(&mut slots, &limit.who);
            slot.even = slot.even.max(now) + limit.rate.every;
        }
        Ok(())
    }

    fn fit(&self, slots: &mut [Slot], limits: &[Limit], now: u64) -> Result<(), Refused> {
        for (which, limit) in limits.iter().enumerate() {
            let Rate { burst, every } = limit.rate;
            let even = self.known(slots, &limit.who);
            let (next, most) = (even.max(now) + every, now + burst * every);
            if next > most {
                let wait = Duration::from_micros(next - most);
                return Err(Refused { which, wait });
            }
        }
        Ok(())
    }

    /// One of each of these was not taken after all.
    pub(super) fn give_back(&self, limits: &[Limit]) {
        let mut slots = self.lock();
        for limit in limits {
            if let Some(slot) = self.find(&mut slots, &limit.who) {
                slot.even = slot.even.saturating_sub(limit.rate.every);
            }
        }
    }

    /// That at least so much is owed, in microseconds.
    pub(super) fn learn(&self, who: &str, owed: u64) {
        if owed == 0 {
            return;
        }
        let (now, mut slots) = (self.now(), self.lock());
        let slot = self.slot(&mut slots, who);
        slot.even = slot.even.max(now + owed);
    }

    fn known(&self, slots: &mut [Slot], who: &str) -> u64 {
        self.find(slots, who).map_or(0, |slot| slot.even)
    }

    fn find<'a>(&self, slots: &'a mut [Slot], who: &str) -> Option<&'a mut Slot> {
        let key = self.hasher.hash_one(who);
        set_of(slots, key).iter_mut().find(|slot| slot.key == key)
    }

    /// The slot of this key, which it is given if it has none.
    fn slot<'a>(&self, slots: &'a mut [Slot], who: &str) -> &'a mut Slot {
        let key = self.hasher.hash_one(who);
        let set = set_of(slots, key);
        let own = set.iter().position(|slot| slot.key == key);
        let at = own.unwrap_or_else(|| least_indebted(set));
        let slot = &mut set[at];
        if own.is_none() {
            *slot = Slot { key, even: 0 };
        }
        slot
    }

    fn lock(&self) -> MutexGuard<'_, Box<[Slot]>> {
        // Nothing between the statements can panic, so slots are whole whatever happens elsewhere.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_of(slots: &mut [Slot], key: u64) -> &mut [Slot] {
    // The low bits choose; it is less than the number of slots.
    let first = usize::try_from(key % SETS as u64).unwrap_or_default() * WAYS;
    &mut slots[first..first + WAYS]
}

fn least_indebted(set: &[Slot]) -> usize {
    let slots = set.iter().enumerate();
    slots
        .min_by_key(|(_, slot)| slot.even)
        .map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 100_000_000;
    const EVERY: Duration = Duration::from_secs(3);

    fn of(who: &str, burst: u32) -> [Limit; 1] {
        [Limit::new(who, Rate::new(burst, EVERY))]
    }

    #[test]
    fn what_was_taken_runs_out_and_comes_back_with_time() {
        let table = Table::new();
        for attempt in 0..20 {
            assert!(table.take_at(&of("a", 20), NOW).is_ok(), "{attempt}");
        }
        let refused = table.take_at(&of("a", 20), NOW).unwrap_err();
        assert!(refused.wait > Duration::ZERO && refused.wait <= EVERY);
        let later = NOW + super::super::micros(refused.wait);
        assert!(table.take_at(&of("a", 20), later).is_ok());
        assert!(table.take_at(&of("a", 20), later).is_err());
        assert!(table.take_at(&of("b", 20), NOW).is_ok());
    }

    #[test]
    fn where_one_allowance_is_used_up_nothing_is_taken_of_the_others() {
        let table = Table::new();
        let both = [of("a", 2), of("b", 1)].concat();
        assert!(table.take_at(&both, NOW).is_ok());
        for _ in 0..5 {
            let refused = table.take_at(&both, NOW).unwrap_err();
            assert_eq!(refused.which, 1);
        }
        assert!(table.take_at(&of("a", 2), NOW).is_ok());
        assert!(table.take_at(&of("a", 2), NOW).is_err());
    }

    #[test]
    fn what_is_given_back_was_not_taken() {
        let table = Table::new();
        assert!(table.take_at(&of("a", 1), NOW).is_ok());
        assert!(table.take_at(&of("a", 1), NOW).is_err());
        table.give_back(&of("a", 1));
        assert!(table.take_at(&of("a", 1), NOW).is_ok());
    }

    #[test]
    fn a_flood_of_keys_is_forgotten_before_a_key_that_floods() {
        let table = Table::new();
        while table.take_at(&of("flood", 20), NOW).is_ok() {}
        for key in 0..100_000 {
            assert!(
                table.take_at(&of(&key.to_string(), 20), NOW).is_ok(),
                "{key}"
            );
        }
        assert!(table.take_at(&of("flood", 20), NOW).is_err());
    }

    #[test]
    fn what_others_let_through_counts_here() {
        let table = Table::new();
        table.learn("a", super::super::micros(EVERY * 20));
        assert!(table.look(&of("a", 20)).is_err());
        assert!(table.look(&of("a", 22)).is_ok());
    }
}

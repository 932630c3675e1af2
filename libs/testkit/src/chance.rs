//! Randomness that a seed repeats: the same seed gives the same numbers in every release of every library, which no
//! generator of a library promises.

use std::time::Duration;

/// A sequence of numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A sequence of its own for one of several parts that draw from the same seed: how much one part draws must not
    /// change what another one gets.
    #[must_use]
    pub fn of_part(seed: u64, part: u64) -> Self {
        let mut mixed = Self::new(seed ^ part.wrapping_mul(0xA24B_AED4_963E_E407));
        Self::new(mixed.next())
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`; 0 when there is none.
    pub const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// True in `per_cent` of a hundred cases.
    pub fn hits(&mut self, per_cent: u8) -> bool {
        self.below(100) < u64::from(per_cent)
    }

    /// A duration between the two, by the millisecond.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = most.saturating_sub(least).as_millis();
        let span = u64::try_from(span).unwrap_or(u64::MAX);
        least + Duration::from_millis(self.below(span.saturating_add(1)))
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(among.len()).unwrap_or(u64::MAX));
        among.get(usize::try_from(index).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers_and_its_parts_are_independent() {
        let draw = |mut chance: Chance| -> Vec<u64> { (0..4).map(|_| chance.next()).collect() };
        assert_eq!(draw(Chance::new(1)), draw(Chance::new(1)));
        assert_ne!(draw(Chance::new(1)), draw(Chance::new(2)));
        assert_ne!(draw(Chance::of_part(1, 0)), draw(Chance::of_part(1, 1)));
    }

    #[test]
    fn the_sequence_is_the_one_that_old_reports_name() {
        assert_eq!(Chance::new(0).next(), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn what_is_drawn_stays_within_its_bounds() {
        let mut chance = Chance::new(7);
        let (least, most) = (Duration::from_millis(5), Duration::from_millis(9));
        for _ in 0..200 {
            assert!(chance.below(3) < 3);
            assert!((least..=most).contains(&chance.between(least, most)));
            assert!(chance.pick(&[1, 2, 3]).is_some());
        }
        assert_eq!(chance.pick::<u8>(&[]), None);
        assert!(!chance.hits(0));
        assert!(chance.hits(100));
    }
}

//! Waiting between attempts: exponential with full jitter, so that replicas that failed together do not come
//! back together.

use std::time::Duration;

/// A schedule of waits. Each wait is drawn evenly from zero to `first * 2^attempt`, capped at `longest`.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    attempt: u32,
}

impl Backoff {
    /// For faults of the connection: 50 ms doubling to 1 s.
    pub const CONNECTION: Self = Self::new(Duration::from_millis(50), Duration::from_secs(1));

    /// A schedule whose ceiling starts at `first` and doubles up to `longest`.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            attempt: 0,
        }
    }

    /// The highest wait before the `attempt`-th retry, counted from 0.
    #[must_use]
    pub fn ceiling(&self, attempt: u32) -> Duration {
        self.first
            .saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX))
            .min(self.longest)
    }

    /// A wait before the `attempt`-th retry, counted from 0.
    #[must_use]
    pub fn jittered(&self, attempt: u32) -> Duration {
        self.ceiling(attempt).mul_f64(rand::random::<f64>())
    }

    /// The ceiling and up to half as much again, for attempts that must go on for a known time.
    #[must_use]
    pub fn stretched(&self, attempt: u32) -> Duration {
        self.ceiling(attempt)
            .mul_f64(1.0 + rand::random::<f64>() / 2.0)
    }

    /// The wait before the next retry of this sequence. At least a fiftieth of the ceiling, so that a draw near
    /// zero does not make a busy loop.
    pub fn wait(&mut self) -> Duration {
        let attempt = self.attempt;
        self.attempt = attempt.saturating_add(1);
        self.jittered(attempt).max(self.ceiling(attempt) / 50)
    }

    /// Starts the sequence again, after a success.
    pub const fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_a_ceiling_that_doubles_up_to_the_longest() {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(10));
        for (attempt, seconds) in [(0, 1_u32), (1, 2), (3, 8), (4, 10), (40, 10)] {
            let ceiling = Duration::from_secs(seconds.into());
            assert_eq!(backoff.ceiling(attempt), ceiling);
            assert!(backoff.jittered(attempt) <= ceiling);
            let stretched = backoff.stretched(attempt).as_secs_f64() / f64::from(seconds);
            assert!((1.0..=1.5).contains(&stretched));
        }
    }

    #[test]
    fn a_sequence_starts_again_after_a_reset() {
        let mut backoff = Backoff::new(Duration::from_millis(1), Duration::from_secs(100));
        for _ in 0..20 {
            backoff.wait();
        }
        backoff.reset();
        assert!(backoff.wait() <= Duration::from_millis(1));
    }
}

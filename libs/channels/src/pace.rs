//! No more calls in a time than a channel takes from all chats together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets `per_second` calls through in every second, up to half of that at once.
#[derive(Debug)]
pub struct Pace {
    every: Duration,
    burst: Duration,
    /// When the next call would come if all calls came evenly.
    due: Mutex<Instant>,
}

impl Pace {
    /// A pace of so many calls a second.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let every = Duration::from_secs(1) / per_second.max(1);
        Self {
            every,
            burst: every * (per_second / 2),
            due: Mutex::new(Instant::now()),
        }
    }

    /// Waits for a turn.
    pub async fn turn(&self) {
        sleep_until(self.reserve(Instant::now())).await;
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = (*due).max(now);
        *due = mine + self.every;
        // Whoever comes within the burst need not wait for an even spacing.
        mine.checked_sub(self.burst).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_burst_calls_come_evenly() {
        let pace = Pace::new(30);
        let now = Instant::now();
        let turns: Vec<Duration> = (0..60)
            .map(|_| pace.reserve(now).duration_since(now))
            .collect();
        assert!(turns[..15].iter().all(Duration::is_zero), "{turns:?}");
        let in_first_second = turns
            .iter()
            .filter(|turn| **turn < Duration::from_secs(1))
            .count();
        assert!((30..=46).contains(&in_first_second), "{in_first_second}");
        assert!(turns[59] >= Duration::from_millis(1400), "{:?}", turns[59]);
    }
}

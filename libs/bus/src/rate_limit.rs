//! How often somebody may do something, over all replicas of a service.
//!
//! **What is counted.** An allowance ([`Limit`]) is so many at once and then one in a time, for whoever it is named after. It is
//! kept as one time, that until which everything taken so far is spread evenly (the "generic cell rate algorithm"): constant
//! in size, refilled by the passing of time alone.
//!
//! **Keys.** `<prefix>:{rate}:<who>` is that time in microseconds of Valkey's own clock, so that the clocks of replicas do not
//! matter; it expires when nothing is owed any more. One script takes from several allowances, all or none.
//!
//! **Two ways to ask.** [`RateLimits::take`] asks Valkey and waits: exact over all replicas, for what is rare and must not be
//! tried once too often, such as passwords. [`RateLimits::admit`] asks what this process knows and waits for nothing, for what
//! every request passes. What was admitted is told to Valkey four times a second, everything in one call, and the answer brings
//! what the other replicas have let through. So a caller who spreads requests over many replicas in the same quarter of a
//! second gets at most the burst once more at each of them; that is owed like everything else (up to ten bursts), and over
//! time the rate is exact.
//!
//! **Crashes.** If Valkey is away or slow, every replica goes by what it knows itself: nobody is locked out, and nobody
//! gets more than their allowance from each replica. What could not be told is not told again: this process remembers it, and the
//! others would only hear of it late. If Valkey has lost its memory, allowances are full again there, and not here.

mod table;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::Bus;
use crate::error::Error;
use crate::health::Reporter;
use crate::script;
use table::Table;

/// How often Valkey is told what was admitted.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// How long an answer may take before this process goes by what it knows.
const PATIENCE: Duration = Duration::from_millis(150);
/// How long Valkey is not asked after it gave no answer.
const AWAY: Duration = Duration::from_secs(1);
/// Allowances that one call is about.
const TOGETHER: usize = 256;
/// Allowances about which Valkey is told at once. Of more this process alone knows, as of everything when Valkey is away.
const UNTOLD: usize = 8_192;

/// So many at once, and then one in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    burst: u64,
    /// In microseconds.
    every: u64,
}

impl Rate {
    /// This many at once, then one in this time.
    #[must_use]
    pub fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst: u64::from(burst.max(1)),
            // A day at the most: sums of them stay far below what a number of Lua holds exactly.
            every: micros(every.min(Duration::from_hours(24))).max(1),
        }
    }

    /// This many in a minute, of which what belongs to `together` may come at once. None where there is no limit (0).
    #[must_use]
    pub fn per_minute(count: u32, together: Duration) -> Option<Self> {
        let every = Duration::from_mins(1).checked_div(count)?;
        let burst = together.as_micros() / every.as_micros().max(1);
        Some(Self::new(u32::try_from(burst).unwrap_or(u32::MAX), every))
    }

    /// How many may come at once.
    #[must_use]
    pub const fn burst(&self) -> u64 {
        self.burst
    }
}

/// An allowance of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    who: String,
    rate: Rate,
}

impl Limit {
    /// The allowance of `who`, which becomes a part of a key: short, and no secret. The same name has the same rate always.
    #[must_use]
    pub fn new(who: impl Into<String>, rate: Rate) -> Self {
        let who = who.into();
        Self { who, rate }
    }
}

/// An allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Which of those that were asked for.
    pub which: usize,
    /// How long until it has one again.
    pub wait: Duration,
}

/// What a call to Valkey does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    /// Takes all or none.
    Take,
    /// Counts in any case.
    Count,
}

/// What Valkey says of one allowance, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Answer {
    wait: u64,
    owed: u64,
}

/// Allowances that all replicas share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RateLimits {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    bus: Bus,
    table: Table,
    /// What was admitted and Valkey does not know of.
    untold: Mutex<HashMap<String, (Rate, u64)>>,
    /// Until when Valkey is not asked, in the time of the table.
    away_until: AtomicU64,
    health: Reporter,
}

impl RateLimits {
    pub(crate) fn start(bus: Bus, tracker: &TaskTracker, shutdown: CancellationToken) -> Self {
        let limits = Self {
            inner: Arc::new(Inner {
                bus,
                table: Table::new(),
                untold: Mutex::default(),
                away_until: AtomicU64::new(0),
                health: Reporter::new("rate limits".to_owned()),
            }),
        };
        let teller = limits.clone();
        tracker.spawn(async move {
            while !shutdown.is_cancelled() {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = sleep(TOLD_EVERY) => {}
                }
                teller.tell().await;
            }
        });
        limits
    }

    /// Takes one of each of these allowances, or of none if one is used up: exactly, over all replicas.
    pub async fn take(&self, limits: &[Limit]) -> Result<(), Refused> {
        match self.ask(Verb::Take, limits, &vec![1; limits.len()]).await {
            Some(answers) => verdict(&answers),
            None => self.inner.table.take(limits),
        }
    }

    /// Whether one of each of these allowances is left, without taking it.
    pub async fn look(&self, limits: &[Limit]) -> Result<(), Refused> {
        match self.ask(Verb::Take, limits, &vec![0; limits.len()]).await {
            Some(answers) => verdict(&answers),
            None => self.inner.table.look(limits),
        }
    }

    /// One of each of these was not taken after all.
    pub async fn give_back(&self, limits: &[Limit]) {
        self.inner.table.give_back(limits);
        let back = vec![-1; limits.len()];
        // If that is not heard, what was taken comes back with time.
        self.ask(Verb::Count, limits, &back).await;
    }

    /// Takes one of each of these allowances, or of none if one is used up, as far as is known here.
    pub fn admit(&self, limits: &[Limit]) -> Result<(), Refused> {
        self.inner.table.take(limits)?;
        let mut untold = self.untold();
        for Limit { who, rate } in limits {
            if let Some((_, count)) = untold.get_mut(who) {
                *count += 1;
            } else if untold.len() < UNTOLD {
                untold.insert(who.clone(), (*rate, 1));
            }
        }
        Ok(())
    }

    /// Tells Valkey what was admitted, and learns what others have let through.
    async fn tell(&self) {
        let untold = std::mem::take(&mut *self.untold());
        let (limits, counts): (Vec<_>, Vec<_>) = untold
            .into_iter()
            .map(|(who, (rate, count))| {
                // Nobody owes more than ten bursts.
                let count = count.min(rate.burst.saturating_mul(10));
                (
                    Limit { who, rate },
                    i64::try_from(count).unwrap_or(i64::MAX),
                )
            })
            .unzip();
        for (limits, counts) in limits.chunks(TOGETHER).zip(counts.chunks(TOGETHER)) {
            if self.ask(Verb::Count, limits, counts).await.is_none() {
                return;
            }
        }
    }

    /// Asks Valkey, and learns what it says. Nothing if it is away, slow, or was so just now.
    async fn ask(&self, verb: Verb, limits: &[Limit], counts: &[i64]) -> Option<Vec<Answer>> {
        let inner = &*self.inner;
        if inner.table.now() < inner.away_until.load(Ordering::Relaxed) {
            return None;
        }
        match timeout(PATIENCE, self.call(verb, limits, counts)).await {
            Ok(Ok(answers)) if answers.len() == limits.len() => {
                inner.health.healthy();
                self.learn(limits, &answers);
                return Some(answers);
            }
            Ok(Ok(_)) => inner
                .health
                .failing(&"Valkey gave no answer for each allowance"),
            Ok(Err(error)) => inner.health.failing(&error),
            Err(_) => inner.health.failing(&"Valkey does not answer in time"),
        }
        let until = inner.table.now() + micros(AWAY);
        inner.away_until.store(until, Ordering::Relaxed);
        None
    }

    async fn call(
        &self,
        verb: Verb,
        limits: &[Limit],
        counts: &[i64],
    ) -> Result<Vec<Answer>, Error> {
        let bus = &self.inner.bus;
        let mut call = script::RATE.prepare_invoke();
        call.arg(match verb {
            Verb::Take => "take",
            Verb::Count => "count",
        });
        for (Limit { who, rate }, count) in limits.iter().zip(counts) {
            call.key(bus.keys().rate(who));
            call.arg(rate.every).arg(rate.burst).arg(*count);
        }
        let flat: Vec<u64> = bus.script("count against rate limits", &call).await?;
        let answers = flat.chunks_exact(2);
        Ok(answers
            .map(|pair| Answer {
                wait: pair[0],
                owed: pair[1],
            })
            .collect())
    }

    /// What is owed there is owed here, and what was admitted here in the meantime comes on top of it.
    fn learn(&self, limits: &[Limit], answers: &[Answer]) {
        for (Limit { who, rate }, answer) in limits.iter().zip(answers) {
            let since = self.untold().get(who).map_or(0, |(_, count)| *count);
            let owed = answer.owed.saturating_add(since.saturating_mul(rate.every));
            self.inner.table.learn(who, owed);
        }
    }

    fn untold(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Rate, u64)>> {
        // Nothing between the statements can panic, so counts are whole whatever happens elsewhere.
        let untold = self.inner.untold.lock();
        untold.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the answers mean for who asked for all of these allowances.
fn verdict(answers: &[Answer]) -> Result<(), Refused> {
    let which = answers.iter().position(|answer| answer.wait > 0);
    let Some(which) = which else { return Ok(()) };
    let waits = answers.iter().map(|answer| answer.wait);
    let wait = Duration::from_micros(waits.max().unwrap_or_default());
    Err(Refused { which, wait })
}

/// Whole microseconds.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_a_minute_lets_its_share_of_a_time_come_at_once() {
        let rate = Rate::per_minute(1_200, Duration::from_secs(10));
        assert_eq!(rate, Some(Rate::new(200, Duration::from_millis(50))));
        let slow = Rate::per_minute(1, Duration::from_secs(10));
        assert_eq!(slow, Some(Rate::new(1, Duration::from_mins(1))));
        assert_eq!(Rate::per_minute(0, Duration::from_secs(10)), None);
    }

    #[test]
    fn the_longest_wait_is_told_and_the_first_reason() {
        let of = |wait| Answer { wait, owed: 0 };
        assert_eq!(verdict(&[of(0), of(0)]), Ok(()));
        let refused = verdict(&[of(0), of(5), of(7)]);
        let wait = Duration::from_micros(7);
        assert_eq!(refused, Err(Refused { which: 1, wait }));
    }
}

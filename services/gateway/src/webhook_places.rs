//! Places for updates that chat networks bring, by what is shown for them. Only the bridge knows the secret of a webhook; the gateway
//! remembers which one it took last. Who shows that has places of their own. Whoever makes something up, as often as they like, takes
//! the others, and keeps no update out.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

/// Large updates that are read, and updates that are passed on, at the same time: with the secret that the bridge took last.
const KNOWN: (usize, usize) = (64, 32);
/// The same with any other, such as the first after a start.
const OTHERS: (usize, usize) = (32, 16);

/// All places.
#[derive(Debug)]
pub(crate) struct WebhookPlaces {
    /// By channel, what the bridge took last: under a key that nobody knows, so that nothing can be made to look like it.
    taken: Mutex<HashMap<&'static str, u64>>,
    key: RandomState,
    known: Door,
    others: Door,
}

/// The places of some.
#[derive(Debug)]
pub(crate) struct Door {
    /// For reading more than updates usually have.
    pub reading: Semaphore,
    /// For being passed on.
    pub passing: Semaphore,
}

impl WebhookPlaces {
    /// No secret was taken yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            taken: Mutex::default(),
            key: RandomState::new(),
            known: Door::new(KNOWN),
            others: Door::new(OTHERS),
        }
    }

    /// The places of whoever shows this.
    #[must_use]
    pub(crate) fn of(&self, channel: &'static str, secret: &str) -> &Door {
        let shown = self.key.hash_one(secret);
        if self.lock().get(channel) == Some(&shown) {
            &self.known
        } else {
            &self.others
        }
    }

    /// The bridge took this.
    pub(crate) fn taken(&self, channel: &'static str, secret: &str) {
        let shown = self.key.hash_one(secret);
        self.lock().insert(channel, shown);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, u64>> {
        // Nothing between the statements can panic, so the map is whole whatever happens elsewhere.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Door {
    fn new((reading, passing): (usize, usize)) -> Self {
        Self {
            reading: Semaphore::new(reading),
            passing: Semaphore::new(passing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TELEGRAM: &str = "telegram";

    #[test]
    fn who_makes_secrets_up_takes_no_place_of_the_channel() {
        let places = WebhookPlaces::new();
        let let_in = |secret| places.of(TELEGRAM, secret).passing.try_acquire().is_ok();
        let made_up = places.of(TELEGRAM, "made up");
        let held: Vec<_> = (0..OTHERS.1)
            .map(|_| made_up.passing.try_acquire().unwrap())
            .collect();
        assert!(!let_in("the secret") && !let_in("another"));
        places.taken(TELEGRAM, "the secret");
        assert!(let_in("the secret") && !let_in("made up") && !let_in("another"));
        // It was changed, and the first update with the new one got through.
        places.taken(TELEGRAM, "the next");
        assert!(let_in("the next") && !let_in("the secret"));
        drop(held);
        assert!(let_in("the secret"));
    }
}

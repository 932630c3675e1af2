//! Taking turns by network, above all at looking up who somebody is. Whoever shows a token or a cookie is looked up in the record
//! before they are held to any limit: whose limit that is, is not known earlier. What is shown by the thousand must not keep
//! everybody else from the record meanwhile, so a network has few lookups at once, and what else comes from it waits. Whom the
//! authenticator remembers needs none.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::places::network;

/// Lookups at once for one network. Fewer than the record has connections by default.
const AT_ONCE: usize = 8;

tokio::task_local! {
    /// The network of whoever asks.
    static ASKER: IpAddr;
}

/// Does something for somebody at this address, who takes their turn where that looks them up.
pub(crate) fn taking<F: Future>(address: IpAddr, work: F) -> impl Future<Output = F::Output> {
    ASKER.scope(network(address), work)
}

/// The turns of the networks that somebody waits for or has.
#[derive(Debug)]
pub(crate) struct Turns {
    at_once: usize,
    by_network: Mutex<HashMap<IpAddr, Weak<Semaphore>>>,
}

/// The right to do one thing, such as a lookup; ends with it.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    /// This many turns at once for one network.
    #[must_use]
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            at_once,
            by_network: Mutex::default(),
        }
    }

    /// Turns at looking somebody up.
    #[must_use]
    pub(crate) fn of_lookups() -> Self {
        Self::new(AT_ONCE)
    }

    /// Waits for a turn. None where nobody said from where they ask: they were let in before, and are asked about again.
    pub(crate) async fn wait(&self) -> Option<Turn> {
        let asker = ASKER.try_with(|network| *network).ok()?;
        self.wait_at(asker).await
    }

    /// Waits for a turn of the network of this address. There always is one in the end.
    pub(crate) async fn wait_at(&self, address: IpAddr) -> Option<Turn> {
        // It is never closed.
        let permit = self.of(network(address)).acquire_owned().await.ok()?;
        Some(Turn { _permit: permit })
    }

    fn of(&self, network: IpAddr) -> Arc<Semaphore> {
        // Nothing between the statements can panic, so the map is whole whatever happens elsewhere.
        let mut all = self
            .by_network
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = all.get(&network).and_then(Weak::upgrade) {
            return turns;
        }
        all.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.at_once));
        all.insert(network, Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_network_that_asks_for_thousands_waits_for_itself_and_others_do_not() {
        let turns = Turns::of_lookups();
        let [one, other] = [1, 2].map(|last| IpAddr::from([10, 0, 0, last]));
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(taking(one, turns.wait()).await.unwrap());
        }
        let more = timeout(SOON, taking(one, turns.wait())).await;
        assert!(more.is_err());
        let elsewhere = timeout(SOON, taking(other, turns.wait())).await;
        assert!(elsewhere.is_ok_and(|turn| turn.is_some()));
        held.pop();
        let next = timeout(SOON, taking(one, turns.wait())).await;
        assert!(next.is_ok_and(|turn| turn.is_some()));
        // Who was let in is asked about again without one.
        assert!(turns.wait().await.is_none());
        drop(held);
        drop(taking(other, turns.wait()).await);
        assert_eq!(turns.by_network.lock().unwrap().len(), 1);
    }
}

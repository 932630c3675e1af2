//! How many may be there at once, of all and of one network: one of them cannot keep the others out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts the places taken from each network. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    taken: Arc<Mutex<Taken>>,
    most: usize,
    most_per_network: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// The right to be there; ends with it.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    network: IpAddr,
}

impl Places {
    /// This many places, of which one network gets at most so many.
    #[must_use]
    pub(crate) fn new(most: usize, most_per_network: usize) -> Self {
        Self {
            taken: Arc::default(),
            most,
            most_per_network,
        }
    }

    /// A place for somebody at this address, unless there are too many.
    #[must_use]
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let network = network(address);
        let mut taken = self.lock();
        let count = taken.by_network.get(&network).copied().unwrap_or_default();
        if taken.all >= self.most || count >= self.most_per_network {
            return None;
        }
        taken.all += 1;
        taken.by_network.insert(network, count + 1);
        Some(Place {
            places: self.clone(),
            network,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing between the statements can panic, so counts are whole whatever happens elsewhere.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.by_network.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                taken.by_network.remove(&self.network);
            }
        }
    }
}

/// What one customer of a network has for themselves: an address of version 4, a /64 of version 6.
#[must_use]
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !0 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_network_cannot_take_every_place_and_gives_its_own_back() {
        let places = Places::new(5, 3);
        let mut held: Vec<_> = (1..=3)
            .map(|host| places.take(address(&format!("2001:db8::{host}"))).unwrap())
            .collect();
        assert!(places.take(address("2001:db8::ffff")).is_none());
        let other = places.take(address("2001:db8:0:1::1")).unwrap();
        held.pop();
        held.push(places.take(address("2001:db8::4")).unwrap());
        let last = places.take(address("10.0.0.1")).unwrap();
        assert!(places.take(address("10.0.0.2")).is_none());
        drop((held, other, last));
        assert!(places.lock().by_network.is_empty());
        assert_eq!(places.lock().all, 0);
    }

    #[test]
    fn the_addresses_of_one_household_count_together() {
        let of = |text: &str| network(address(text));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2:3"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}

//! Remembering what was seen lately.

use std::collections::{HashSet, VecDeque};

use mosaic_domain::JobId;

/// The ids seen last, up to a limit; the one not seen for longest is forgotten first.
///
/// Repetitions come within minutes (a lost acknowledgement, a Valkey that was emptied and filled from the outbox), so a
/// bounded memory catches them. It dies with the process: a handler whose effect is durable must be idempotent by itself.
#[derive(Debug)]
pub struct Recent {
    limit: usize,
    order: VecDeque<JobId>,
    known: HashSet<JobId>,
}

impl Recent {
    /// Remembers up to `limit` ids.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            order: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    /// Whether the id was seen lately.
    #[must_use]
    pub fn contains(&self, id: JobId) -> bool {
        self.known.contains(&id)
    }

    /// Notes an id that is now the latest.
    pub fn insert(&mut self, id: JobId) {
        if !self.known.insert(id) {
            self.order.retain(|known| *known != id);
        }
        self.order.push_back(id);
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> JobId {
        JobId::new(Uuid::from_u128(number))
    }

    #[test]
    fn the_id_not_seen_for_longest_is_forgotten_first() {
        let mut recent = Recent::new(2);
        recent.insert(id(1));
        recent.insert(id(2));
        recent.insert(id(1));
        recent.insert(id(3));
        assert!(recent.contains(id(1)));
        assert!(!recent.contains(id(2)));
        assert!(recent.contains(id(3)));
    }

    #[test]
    fn memory_stays_bounded() {
        let mut recent = Recent::new(10);
        (0..1000).for_each(|number| recent.insert(id(number)));
        assert_eq!((recent.order.len(), recent.known.len()), (10, 10));
    }
}

//! How many streams one person may have open. How often they may open one is a matter of [`crate::rates`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mosaic_domain::UserId;

/// Counts the open streams of each person. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct StreamLimit {
    open: Arc<Mutex<HashMap<UserId, usize>>>,
    most: usize,
}

/// The right to have one stream open; ends with it.
#[derive(Debug)]
pub(crate) struct StreamPermit {
    limit: StreamLimit,
    user_id: UserId,
}

impl StreamLimit {
    /// At most this many per person.
    #[must_use]
    pub(crate) fn new(most: usize) -> Self {
        Self {
            open: Arc::default(),
            most,
        }
    }

    /// The limit itself, for messages.
    #[must_use]
    pub(crate) const fn most(&self) -> usize {
        self.most
    }

    /// One more stream of this person, unless they have too many.
    #[must_use]
    pub(crate) fn take(&self, user_id: UserId) -> Option<StreamPermit> {
        let mut open = self.lock();
        let count = open.entry(user_id).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(StreamPermit {
            limit: self.clone(),
            user_id,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        // Counts are whole after every statement, so a panic elsewhere leaves nothing half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.limit.lock();
        if let Some(count) = open.get_mut(&self.user_id) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_closed_stream_makes_room_for_another() {
        let (ada, bob) = (
            UserId::new(Uuid::from_u128(1)),
            UserId::new(Uuid::from_u128(2)),
        );
        let limit = StreamLimit::new(1);
        let first = limit.take(ada).unwrap();
        assert!(limit.take(ada).is_none());
        assert!(limit.take(bob).is_some());
        drop(first);
        assert!(limit.take(ada).is_some());
        assert!(limit.lock().is_empty());
    }
}

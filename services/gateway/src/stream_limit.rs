//! How many streams one person may have open, and with one token or session. How often they may open one is a matter of
//! [`crate::rates`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mosaic_domain::UserId;
use mosaic_identity::{Caller, CredentialId};

/// A socket and what it watches: the fewest with which anything can be done.
const FEWEST: usize = 2;

/// Counts the open streams of each person and of each of their credentials. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct StreamLimit {
    open: Arc<Mutex<Open>>,
    most: usize,
    most_per_credential: usize,
}

#[derive(Debug, Default)]
struct Open {
    by_person: HashMap<UserId, usize>,
    by_credential: HashMap<CredentialId, usize>,
}

/// Whose streams are too many, and how many are the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooManyStreams {
    /// The person's.
    Person(usize),
    /// Those of the token or session.
    Credential(usize),
}

/// The right to have one stream open; ends with it.
#[derive(Debug)]
pub(crate) struct StreamPermit {
    limit: StreamLimit,
    user_id: UserId,
    credential: CredentialId,
}

impl StreamLimit {
    /// At most this many per person. One credential gets half of them, so that none keeps the others of its person out.
    #[must_use]
    pub(crate) fn new(most: usize) -> Self {
        Self {
            open: Arc::default(),
            most,
            most_per_credential: most.div_ceil(2).max(FEWEST),
        }
    }

    /// One more stream of this caller, unless there are too many.
    pub(crate) fn take(&self, caller: &Caller) -> Result<StreamPermit, TooManyStreams> {
        let (user_id, credential) = (caller.scope.user_id, caller.credential.id());
        let mut open = self.lock();
        if count(&open.by_person, &user_id) >= self.most {
            return Err(TooManyStreams::Person(self.most));
        }
        if count(&open.by_credential, &credential) >= self.most_per_credential {
            return Err(TooManyStreams::Credential(self.most_per_credential));
        }
        *open.by_person.entry(user_id).or_default() += 1;
        *open.by_credential.entry(credential).or_default() += 1;
        Ok(StreamPermit {
            limit: self.clone(),
            user_id,
            credential,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Nothing between the statements can panic, so counts are whole whatever happens elsewhere.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.limit.lock();
        give_back(&mut open.by_person, self.user_id);
        give_back(&mut open.by_credential, self.credential);
    }
}

fn count<K: Eq + Hash>(open: &HashMap<K, usize>, key: &K) -> usize {
    open.get(key).copied().unwrap_or_default()
}

fn give_back<K: Eq + Hash>(open: &mut HashMap<K, usize>, key: K) {
    if let Entry::Occupied(mut entry) = open.entry(key) {
        match entry.get().saturating_sub(1) {
            0 => {
                entry.remove();
            }
            left => {
                entry.insert(left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mosaic_domain::{Scope, SessionId, TokenId, WorkspaceId};
    use mosaic_identity::{Credential, SignInMethod, TokenScopes, WorkspaceRole};
    use uuid::Uuid;

    use super::*;

    fn caller(person: u128, credential: Credential) -> Caller {
        Caller {
            scope: Scope {
                workspace_id: WorkspaceId::new(Uuid::from_u128(1)),
                user_id: UserId::new(Uuid::from_u128(person)),
            },
            role: WorkspaceRole::Member,
            home: true,
            name: Arc::from("somebody"),
            email: None,
            credential,
        }
    }

    fn token(id: u128) -> Credential {
        Credential::Token {
            id: TokenId::new(Uuid::from_u128(id)),
            scopes: TokenScopes::ALL,
        }
    }

    fn session(id: u128, token: Option<u128>) -> Credential {
        Credential::Session {
            id: SessionId::new(Uuid::from_u128(id)),
            method: SignInMethod::Password,
            token: token.map(|id| TokenId::new(Uuid::from_u128(id))),
            scopes: TokenScopes::ALL,
        }
    }

    #[test]
    fn a_closed_stream_makes_room_for_another() {
        let (one, other) = (caller(1, session(1, None)), caller(1, session(2, None)));
        let limit = StreamLimit::new(4);
        let mut held: Vec<_> = (0..2).map(|_| limit.take(&one).unwrap()).collect();
        held.extend((0..2).map(|_| limit.take(&other).unwrap()));
        let third = caller(1, session(3, None));
        assert_eq!(limit.take(&third).unwrap_err(), TooManyStreams::Person(4));
        assert!(limit.take(&caller(2, session(4, None))).is_ok());
        held.pop();
        held.push(limit.take(&third).unwrap());
        drop(held);
        let open = limit.lock();
        assert!(open.by_person.is_empty() && open.by_credential.is_empty());
    }

    #[test]
    fn a_token_with_its_sessions_leaves_half_of_the_streams_to_its_person() {
        let limit = StreamLimit::new(6);
        let (narrow, begun) = (caller(1, token(1)), caller(1, session(1, Some(1))));
        let mut held = vec![limit.take(&narrow).unwrap()];
        held.extend((0..2).map(|_| limit.take(&begun).unwrap()));
        for who in [&narrow, &begun] {
            let refused = limit.take(who).unwrap_err();
            assert_eq!(refused, TooManyStreams::Credential(3));
        }
        let browser = caller(1, session(2, None));
        held.extend((0..3).map(|_| limit.take(&browser).unwrap()));
        held.remove(0);
        assert!(limit.take(&narrow).is_ok());
    }

    #[test]
    fn the_fewest_streams_are_enough_for_a_socket_that_watches() {
        let limit = StreamLimit::new(2);
        let browser = caller(1, session(1, None));
        let held: Vec<_> = (0..2).map(|_| limit.take(&browser).unwrap()).collect();
        let refused = limit.take(&browser).unwrap_err();
        assert_eq!(refused, TooManyStreams::Person(2));
        drop(held);
    }
}

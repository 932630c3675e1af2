//! The line in which passwords are hashed, by network. Who shows the right one is not held to how often somebody may fail, so whoever
//! has an account could keep the line full for everybody else. A network has few places in it, and what else comes from it waits for
//! those. That costs nobody time who is alone: fewer are hashed at once than a network has places.

use std::net::IpAddr;
use std::sync::Arc;

use mosaic_identity::{PasswordError, Passwords, Verdict};
use secrecy::SecretString;

use crate::turns::Turns;

/// Places of one network in the line. More than are hashed at once, and few of all.
const AT_ONCE: usize = 8;

/// Hashes and verifies passwords in turn. Cheap to clone; all clones share the line.
#[derive(Debug, Clone)]
pub(crate) struct PasswordLine {
    passwords: Passwords,
    places: Arc<Turns>,
}

impl PasswordLine {
    /// Nobody waits yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            passwords: Passwords::new(),
            places: Arc::new(Turns::new(AT_ONCE)),
        }
    }

    /// Hashes a password for somebody at this address.
    pub(crate) async fn hash(
        &self,
        address: IpAddr,
        password: SecretString,
    ) -> Result<String, PasswordError> {
        let _place = self.places.wait_at(address).await;
        self.passwords.hash(password).await
    }

    /// Verifies a password of somebody at this address; against nothing in the same time.
    pub(crate) async fn verify(
        &self,
        address: IpAddr,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<Verdict, PasswordError> {
        let _place = self.places.wait_at(address).await;
        self.passwords.verify(password, stored).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn guess() -> SecretString {
        SecretString::from("a guess")
    }

    #[tokio::test]
    async fn a_network_that_fills_its_places_waits_for_itself_and_others_are_served() {
        let line = PasswordLine::new();
        let [one, other] = [1, 2].map(|last| IpAddr::from([10, 0, 0, last]));
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(line.places.wait_at(one).await.unwrap());
        }
        let soon = Duration::from_millis(50);
        assert!(
            timeout(soon, line.verify(one, guess(), None))
                .await
                .is_err()
        );
        assert!(timeout(soon, line.hash(one, guess())).await.is_err());
        let elsewhere = line.verify(other, guess(), None).await;
        assert_eq!(elsewhere, Ok(Verdict::Wrong));
        drop(held);
        let next = line.verify(one, guess(), None).await;
        assert_eq!(next, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn more_than_the_line_holds_from_one_network_are_served_one_after_the_other() {
        let line = PasswordLine::new();
        let one = IpAddr::from([10, 0, 0, 1]);
        // Hashing this fails at once, which is all that is wanted of it here.
        let broken = || line.verify(one, guess(), Some("no hash".to_owned()));
        let answers = futures::future::join_all((0..200).map(|_| broken())).await;
        let busy = answers
            .iter()
            .filter(|one| **one == Err(PasswordError::Busy));
        assert_eq!(busy.count(), 0);
    }
}

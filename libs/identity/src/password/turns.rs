//! Hashing takes turns: off the threads that serve, and few at once, so that a flood of sign-ins costs bounded memory and leaves a
//! processor to everybody else.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::{PasswordError, Verdict, hash_password, verify_password};

/// Passwords that are hashed at once, 19 MiB each.
const AT_ONCE: usize = 2;
/// Passwords that are hashed or wait for it. About a second's worth.
const IN_LINE: usize = 64;

/// Hashes and verifies passwords in turn. Cheap to clone; all clones share the turns.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// Nobody waits yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            line: Arc::new(Semaphore::new(IN_LINE)),
        }
    }

    /// Hashes a password.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        self.in_turn(move || hash_password(&password)).await
    }

    /// Verifies a password; against nothing in the same time.
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<Verdict, PasswordError> {
        self.in_turn(move || verify_password(&password, stored.as_deref()))
            .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.line).try_acquire_owned();
        let place = place.map_err(|_| PasswordError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| PasswordError::Busy)?;
        // Whoever stops waiting leaves work behind that ends by itself: the turn goes with it, not with them.
        let worked = spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        match worked.await {
            Ok(done) => done,
            Err(error) => Err(PasswordError::Failed(error.to_string())),
        }
    }
}

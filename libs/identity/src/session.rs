//! Sessions of browsers: 256 random bits in a cookie, kept only as their SHA-256.
//!
//! A session stands for the API token with which its person signed in, and ends with it. As with tokens, nobody can guess 256
//! bits, so the hash needs no salt and no slow function.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

const RANDOM: usize = 32;

/// SHA-256 of a session's secret: what is stored and looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHash([u8; 32]);

impl SessionHash {
    /// The bytes, as storage keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Enough to tell two apart in a log, not enough to look one up.
impl fmt::Debug for SessionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionHash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// The secret of a session, as its cookie carries it. It cannot be printed by accident.
#[derive(Debug, Clone)]
pub struct SessionSecret(SecretString);

/// A text that is no session's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session cookie is damaged")]
pub struct MalformedSession;

impl SessionSecret {
    /// A new secret from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let random: [u8; RANDOM] = rand::random();
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(random)))
    }

    /// Reads a secret that a browser shows.
    pub fn parse(text: &str) -> Result<Self, MalformedSession> {
        let mut bytes = [0_u8; RANDOM];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(RANDOM) => Ok(Self(SecretString::from(text))),
            Ok(_) | Err(_) => Err(MalformedSession),
        }
    }

    /// What is stored instead of the secret.
    #[must_use]
    pub fn hash(&self) -> SessionHash {
        SessionHash(Sha256::digest(self.0.expose_secret().as_bytes()).into())
    }

    /// The text itself, for the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_and_always_has_the_same_hash() {
        let secret = SessionSecret::generate();
        let again = SessionSecret::parse(secret.expose()).unwrap();
        assert_eq!(secret.hash(), again.hash());
        assert_ne!(secret.hash(), SessionSecret::generate().hash());
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let secret = SessionSecret::generate();
        let text = secret.expose();
        let longer = format!("{text}AAAA");
        for wrong in ["", "x", "not base64!", &text[..40], longer.as_str()] {
            assert_eq!(
                SessionSecret::parse(wrong).unwrap_err(),
                MalformedSession,
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_secret_cannot_be_printed_by_accident() {
        let secret = SessionSecret::generate();
        let printed = format!("{secret:?} {:?}", secret.hash());
        assert!(!printed.contains(&secret.expose()[..8]), "{printed}");
    }
}

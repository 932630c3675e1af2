//! Secrets in links: 256 random bits that let somebody in once, kept only as their SHA-256.
//!
//! Invitations and links for a new password carry one behind `#`, where browsers send it to nobody. As with tokens, nobody can
//! guess 256 bits, so the hash needs no salt and no slow function.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

const RANDOM: usize = 32;

/// The secret of a link. It cannot be printed by accident.
#[derive(Debug, Clone)]
pub struct LinkSecret(SecretString);

/// A text that is no link's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link is damaged; check that it was copied whole")]
pub struct MalformedLink;

impl LinkSecret {
    /// A new secret from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let random: [u8; RANDOM] = rand::random();
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(random)))
    }

    /// Reads a secret as a link carried it.
    pub fn parse(text: &str) -> Result<Self, MalformedLink> {
        let text = text.trim();
        let mut bytes = [0_u8; RANDOM];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(RANDOM) => Ok(Self(SecretString::from(text))),
            Ok(_) | Err(_) => Err(MalformedLink),
        }
    }

    /// What is stored instead of the secret.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_secret().as_bytes()).into()
    }

    /// The text itself, for the link.
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
        let secret = LinkSecret::generate();
        let again = LinkSecret::parse(&format!(" {}\n", secret.expose())).unwrap();
        assert_eq!(secret.hash(), again.hash());
        assert_ne!(secret.hash(), LinkSecret::generate().hash());
    }

    #[test]
    fn what_is_no_secret_is_refused_and_none_is_printed_by_accident() {
        let secret = LinkSecret::generate();
        let longer = format!("{}AAAA", secret.expose());
        for wrong in ["", "x", "not base64!", &secret.expose()[..40], &longer] {
            assert_eq!(LinkSecret::parse(wrong).unwrap_err(), MalformedLink);
        }
        assert!(!format!("{secret:?}").contains(&secret.expose()[..8]));
    }
}

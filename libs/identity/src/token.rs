//! Personal API tokens: 256 random bits, shown once, kept only as their SHA-256.
//!
//! A token is `mos_` and 48 letters: base64url of the 32 random bytes and 4 bytes of checksum, so that a mistyped or
//! truncated one is refused without asking the database, and a scanner can tell a leaked one from noise. The hash needs no salt and no
//! slow function, because nobody can guess 256 bits; and because the lookup is by hash, its timing says nothing about
//! stored tokens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// What every token begins with.
pub const TOKEN_PREFIX: &str = "mos_";
const RANDOM: usize = 32;
const CHECKSUM: usize = 4;

/// SHA-256 of a token: what is stored and looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The bytes, as storage keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Enough to tell two apart in a log, not enough to look one up.
impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A token in the hand of its owner. It cannot be printed by accident.
#[derive(Debug, Clone)]
pub struct ApiToken(SecretString);

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no Mosaic token; one begins with `mos_` and has 52 characters: check that it was copied whole"
)]
pub struct MalformedToken;

impl ApiToken {
    /// A new token from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_random(rand::random())
    }

    /// The token of these random bytes.
    #[must_use]
    pub fn from_random(random: [u8; RANDOM]) -> Self {
        let mut bytes = [0_u8; RANDOM + CHECKSUM];
        bytes[..RANDOM].copy_from_slice(&random);
        bytes[RANDOM..].copy_from_slice(&checksum(&random));
        let text = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self(SecretString::from(text))
    }

    /// Reads a token that a caller shows.
    pub fn parse(text: &str) -> Result<Self, MalformedToken> {
        let body = text.strip_prefix(TOKEN_PREFIX).ok_or(MalformedToken)?;
        let mut bytes = [0_u8; RANDOM + CHECKSUM];
        let length = URL_SAFE_NO_PAD
            .decode_slice(body, &mut bytes)
            .map_err(|_| MalformedToken)?;
        let (random, sum) = bytes.split_at(RANDOM);
        if length != bytes.len() || checksum(random) != sum {
            return Err(MalformedToken);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// What is stored instead of the token.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.expose_secret().as_bytes()).into())
    }

    /// What it ends in: enough for its person to tell it from others, and mostly checksum.
    #[must_use]
    pub fn hint(&self) -> &str {
        let text = self.0.expose_secret();
        text.get(text.len().saturating_sub(4)..).unwrap_or_default()
    }

    /// The text itself, to be shown to its owner once or sent as a bearer token.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn checksum(random: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::digest(random);
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&digest[..CHECKSUM]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_and_always_has_the_same_hash() {
        let token = ApiToken::generate();
        let again = ApiToken::parse(token.expose()).unwrap();
        assert_eq!(token.hash(), again.hash());
        assert_eq!(token.expose().len(), 52);
    }

    #[test]
    fn two_tokens_differ() {
        assert_ne!(ApiToken::generate().expose(), ApiToken::generate().expose());
    }

    #[test]
    fn a_mistyped_truncated_or_foreign_token_is_refused() {
        let token = ApiToken::from_random([7; 32]);
        let text = token.expose();
        let mistyped = format!("{}x", &text[..text.len() - 1]);
        let too_long = format!("{text}AAAA");
        for wrong in [
            "",
            "mos_",
            "sk-abc",
            &text[..40],
            mistyped.as_str(),
            too_long.as_str(),
        ] {
            assert_eq!(
                ApiToken::parse(wrong).unwrap_err(),
                MalformedToken,
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_token_cannot_be_printed_by_accident() {
        let token = ApiToken::generate();
        let printed = format!("{token:?} {:?}", token.hash());
        assert!(!printed.contains(&token.expose()[4..12]), "{printed}");
    }
}

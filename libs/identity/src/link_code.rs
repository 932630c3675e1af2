//! Codes that link a channel account to a person: typed by hand into a chat, good for minutes, used once.
//!
//! A code is ten letters of Crockford's base 32, 50 random bits, shown in two groups. It is read leniently: case, dashes and
//! spaces do not matter, and what looks alike is taken for the same. Only its SHA-256 is kept.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// Letters that are not taken for one another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 10;

/// A code.
#[derive(Debug, Clone)]
pub struct LinkCode(SecretString);

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has ten letters and digits")]
pub struct MalformedCode;

impl LinkCode {
    /// A fresh code.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_random(rand::random())
    }

    /// The code that these random bytes make.
    #[must_use]
    pub fn from_random(random: [u8; LENGTH]) -> Self {
        let letters = random
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(SecretString::from(letters.collect::<String>()))
    }

    /// Reads a code as a person typed it.
    pub fn parse(text: &str) -> Result<Self, MalformedCode> {
        let mut letters = String::with_capacity(LENGTH);
        for letter in text.chars() {
            let letter = match letter.to_ascii_uppercase() {
                '-' | ' ' => continue,
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = letter.is_ascii() && ALPHABET.iter().any(|one| char::from(*one) == letter);
            if !known || letters.len() == LENGTH {
                return Err(MalformedCode);
            }
            letters.push(letter);
        }
        if letters.len() == LENGTH {
            Ok(Self(SecretString::from(letters)))
        } else {
            Err(MalformedCode)
        }
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_secret().as_bytes()).into()
    }

    /// The code itself, to be shown once.
    #[must_use]
    pub fn expose(&self) -> Exposed<'_> {
        Exposed(self.0.expose_secret())
    }
}

/// A code as people read it.
#[derive(Clone, Copy)]
pub struct Exposed<'a>(&'a str);

impl Exposed<'_> {
    /// Without the dash, as links carry it.
    #[must_use]
    pub const fn compact(&self) -> &str {
        self.0
    }
}

impl fmt::Display for Exposed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = LinkCode::from_random([0, 1, 2, 10, 31, 32, 33, 34, 42, 63]);
        assert_eq!(code.expose().to_string(), "012AZ-012AZ");
        for typed in ["012AZ-012AZ", "o12az o12az", "OI2AZOL2AZ"] {
            assert_eq!(
                LinkCode::parse(typed).unwrap().hash(),
                code.hash(),
                "{typed}"
            );
        }
        for wrong in [
            "",
            "012AZ-012A",
            "012AZ-012AZ0",
            "012AZ-012A!",
            "ÄÄÄÄÄÄÄÄÄÄ",
        ] {
            assert!(LinkCode::parse(wrong).is_err(), "{wrong}");
        }
    }
}

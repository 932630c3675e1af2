//! Passwords: Argon2id with the parameters that OWASP gives, in the usual text form with its salt.
//!
//! Hashes of bcrypt come with imported accounts; they are verified, and hashed anew once their password was shown. Where there is
//! nothing to verify against, something is verified all the same, so that time does not tell whether somebody exists.

mod rules;
mod turns;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};

pub use rules::{LONGEST_PASSWORD, PasswordRules, WeakPassword};
pub use turns::Passwords;

/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Verified where somebody does not exist or has no password. Of a password that nobody knows; it would not count either.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWlzLWhlcmUhIQ$dGhpcyBpcyBubyBoYXNoIG9mIGFueXRoaW5nIGF0IGE";

/// Why a password could neither be verified nor hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait for it already.
    #[error("too many passwords are being checked now")]
    Busy,
    /// The stored hash is of no known kind.
    #[error("a stored password hash cannot be read: {0}")]
    Unreadable(String),
    /// It could not be calculated.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
}

/// What became of verifying a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the one.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash is of a kind that is to be replaced.
    Outdated,
}

/// Hashes a password. Takes tens of milliseconds and 19 MiB: see [`Passwords`].
pub fn hash_password(password: &SecretString) -> Result<String, PasswordError> {
    let hash = hasher()?
        .hash_password(password.expose_secret().as_bytes())
        .map_err(failed)?;
    Ok(hash.to_string())
}

/// Verifies a password against what is stored, and against nothing in the same time. As slow as [`hash_password`].
pub fn verify_password(
    password: &SecretString,
    stored: Option<&str>,
) -> Result<Verdict, PasswordError> {
    let Some(stored) = stored else {
        verify_argon2(password, NOBODY)?;
        return Ok(Verdict::Wrong);
    };
    if is_bcrypt(stored) {
        let right = bcrypt::verify(password.expose_secret(), stored);
        let right = right.map_err(|error| PasswordError::Unreadable(error.to_string()))?;
        return Ok(if right {
            Verdict::Outdated
        } else {
            Verdict::Wrong
        });
    }
    verify_argon2(password, stored)
}

fn verify_argon2(password: &SecretString, stored: &str) -> Result<Verdict, PasswordError> {
    let unreadable =
        |error: password_hash::phc::Error| PasswordError::Unreadable(error.to_string());
    let hash = PasswordHash::new(stored).map_err(unreadable)?;
    // With the parameters of the stored hash.
    match hasher()?.verify_password(password.expose_secret().as_bytes(), &hash) {
        Ok(()) if is_current(&hash) => Ok(Verdict::Right),
        Ok(()) => Ok(Verdict::Outdated),
        Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(PasswordError::Unreadable(error.to_string())),
    }
}

fn is_bcrypt(stored: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"]
        .iter()
        .any(|kind| stored.starts_with(kind))
}

fn is_current(hash: &PasswordHash) -> bool {
    let decimal = |name: &str| hash.params.get_decimal(name);
    let (memory, passes, lanes) = COST;
    hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
        && decimal("m") == Some(memory)
        && decimal("t") == Some(passes)
        && decimal("p") == Some(lanes)
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

#[cfg(test)]
mod tests;

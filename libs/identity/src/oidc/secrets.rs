//! What must be remembered between two steps of signing in, and how it is written down to be sealed.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A text that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what was kept of a sign-in cannot be read")]
pub struct MalformedSecrets;

/// What a sign-in that is under way needs when the person comes back.
#[derive(Clone)]
pub struct LoginSecrets {
    pub(super) nonce: SecretString,
    pub(super) verifier: SecretString,
}

impl fmt::Debug for LoginSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginSecrets(…)")
    }
}

#[derive(Serialize, Deserialize)]
struct LoginText<'a> {
    nonce: &'a str,
    verifier: &'a str,
}

impl LoginSecrets {
    /// As it is sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let text = LoginText {
            nonce: self.nonce.expose_secret(),
            verifier: self.verifier.expose_secret(),
        };
        Zeroizing::new(serde_json::to_vec(&text).unwrap_or_default())
    }

    /// As it was sealed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedSecrets> {
        let text: LoginText<'_> = serde_json::from_slice(bytes).map_err(|_| MalformedSecrets)?;
        Ok(Self {
            nonce: SecretString::from(text.nonce),
            verifier: SecretString::from(text.verifier),
        })
    }
}

/// A refresh token, and since when it could not be tried because its provider is out of reach.
#[derive(Clone)]
pub struct KeptRefresh {
    /// The token.
    pub token: SecretString,
    /// Since when the provider could not be asked.
    pub failing_since: Option<DateTime<Utc>>,
}

impl fmt::Debug for KeptRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptRefresh")
            .field("failing_since", &self.failing_since)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefreshText<'a> {
    token: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_since: Option<DateTime<Utc>>,
}

impl KeptRefresh {
    /// A token that has just been given.
    #[must_use]
    pub const fn new(token: SecretString) -> Self {
        Self {
            token,
            failing_since: None,
        }
    }

    /// As it is sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let text = RefreshText {
            token: Cow::Borrowed(self.token.expose_secret()),
            failing_since: self.failing_since,
        };
        Zeroizing::new(serde_json::to_vec(&text).unwrap_or_default())
    }

    /// As it was sealed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedSecrets> {
        let text: RefreshText<'_> = serde_json::from_slice(bytes).map_err(|_| MalformedSecrets)?;
        Ok(Self {
            token: SecretString::from(text.token.into_owned()),
            failing_since: text.failing_since,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_again_and_never_printed() {
        let secrets = LoginSecrets {
            nonce: SecretString::from("the nonce"),
            verifier: SecretString::from("the verifier"),
        };
        let again = LoginSecrets::from_bytes(&secrets.to_bytes()).unwrap();
        assert_eq!(again.nonce.expose_secret(), "the nonce");
        assert_eq!(again.verifier.expose_secret(), "the verifier");
        let kept = KeptRefresh::new(SecretString::from("the \"token\""));
        let again = KeptRefresh::from_bytes(&kept.to_bytes()).unwrap();
        assert_eq!(again.token.expose_secret(), "the \"token\"");
        assert_eq!(again.failing_since, None);
        let printed = format!("{secrets:?} {kept:?}");
        assert!(!printed.contains("the "), "{printed}");
        assert!(LoginSecrets::from_bytes(b"{}").is_err());
        assert!(KeptRefresh::from_bytes(b"nonsense").is_err());
    }
}

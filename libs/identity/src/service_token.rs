//! What one service shows another: a short-lived token that says who calls whom, signed with a key that all share.
//!
//! The shared secret itself (`internal.token`) never travels. The key is derived from it by HKDF, so that what signs here is of
//! no use elsewhere. HMAC-SHA256 over fixed claims rather than a JSON Web Token: one algorithm, which no header can talk out of
//! itself, in a few lines over primitives that are in the tree anyway. A token that is seen on the way opens one service for a
//! minute, not every service for good.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::seal::derive;

/// What every token begins with: the only form so far.
const PREFIX: &str = "mst1.";
/// How long a token counts.
const LIFETIME_SECONDS: i64 = 60;
/// How far the clocks of two machines may be apart.
const SKEW_SECONDS: i64 = 30;
/// A longer text is no token of ours.
const LONGEST: usize = 1_024;
const PURPOSE: &str = "mosaic/v1/service-token";

/// Who calls whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceClaims {
    /// The service that calls, e.g. `gateway`.
    #[serde(rename = "iss")]
    pub service: String,
    /// Its replica.
    #[serde(rename = "ins")]
    pub instance: String,
    /// The service that is called, e.g. `memory-indexer`.
    #[serde(rename = "aud")]
    pub audience: String,
    /// When it was signed, in seconds since 1970.
    #[serde(rename = "iat")]
    issued_at: i64,
    /// When it ends.
    #[serde(rename = "exp")]
    expires_at: i64,
}

impl ServiceClaims {
    /// The claims of a call that is made at `now`, in seconds since 1970.
    #[must_use]
    pub fn new(service: &str, instance: &str, audience: &str, now: i64) -> Self {
        Self {
            service: service.to_owned(),
            instance: instance.to_owned(),
            audience: audience.to_owned(),
            issued_at: now,
            expires_at: now.saturating_add(LIFETIME_SECONDS),
        }
    }
}

/// Why a service is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceTokenError {
    /// It is no token of a service.
    #[error("it is no token of a service")]
    Malformed,
    /// It was not signed with a key that is known here.
    #[error("it was signed with another key: internal.token must be the same for every service")]
    Signature,
    /// It was made for another service.
    #[error("it was made for another service")]
    Audience,
    /// It has ended, or has not begun.
    #[error("it has ended or not begun: the clocks of the machines must agree to half a minute")]
    Time,
}

/// The keys with which services sign and verify: the current one signs, all of them verify.
#[derive(Clone)]
pub struct ServiceKeys {
    current: Zeroizing<[u8; 32]>,
    previous: Vec<Zeroizing<[u8; 32]>>,
}

impl ServiceKeys {
    /// The keys that follow from `internal.token` and `internal.previous_tokens`.
    #[must_use]
    pub fn new(token: &SecretString, previous: &[SecretString]) -> Self {
        let key = |token: &SecretString| derive(token.expose_secret().as_bytes(), PURPOSE);
        Self {
            current: key(token),
            previous: previous.iter().map(key).collect(),
        }
    }

    /// Signs claims. `None` only for claims that are no text, which there are not.
    #[must_use]
    pub fn sign(&self, claims: &ServiceClaims) -> Option<String> {
        let claims = serde_json::to_vec(claims).ok()?;
        let mut token = PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let mac = mac(&self.current, &token)?.finalize().into_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(mac, &mut token);
        Some(token)
    }

    /// Who calls `audience` with this token, at `now` in seconds since 1970.
    pub fn verify(
        &self,
        token: &str,
        audience: &str,
        now: i64,
    ) -> Result<ServiceClaims, ServiceTokenError> {
        let claims = self.signed(token)?;
        if claims.audience != audience {
            return Err(ServiceTokenError::Audience);
        }
        let ServiceClaims {
            issued_at,
            expires_at,
            ..
        } = claims;
        let begun = issued_at <= now.saturating_add(SKEW_SECONDS);
        let going = now < expires_at.saturating_add(SKEW_SECONDS);
        let short = expires_at.saturating_sub(issued_at) <= LIFETIME_SECONDS;
        if begun && going && short {
            Ok(claims)
        } else {
            Err(ServiceTokenError::Time)
        }
    }

    /// The claims of a token whose signature is right. Nothing of it is read before that is known.
    fn signed(&self, token: &str) -> Result<ServiceClaims, ServiceTokenError> {
        let malformed = ServiceTokenError::Malformed;
        if token.len() > LONGEST || !token.starts_with(PREFIX) {
            return Err(malformed);
        }
        let (signed, shown) = token.rsplit_once('.').ok_or(malformed)?;
        let shown = URL_SAFE_NO_PAD.decode(shown).map_err(|_| malformed)?;
        let mut keys = std::iter::once(&self.current).chain(&self.previous);
        let known = keys.any(|key| {
            mac(key, signed).is_some_and(|expected| expected.verify_slice(&shown).is_ok())
        });
        if !known {
            return Err(ServiceTokenError::Signature);
        }
        let claims = signed.strip_prefix(PREFIX).ok_or(malformed)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| malformed)?;
        serde_json::from_slice(&claims).map_err(|_| malformed)
    }
}

/// Shows nothing of the keys.
impl fmt::Debug for ServiceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceKeys").finish_non_exhaustive()
    }
}

/// HMAC takes keys of any length, so there always is one.
fn mac(key: &Zeroizing<[u8; 32]>, text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests;

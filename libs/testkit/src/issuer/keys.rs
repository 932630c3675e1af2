//! Keys of the provider, and the little cryptography that it needs.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

/// A key that signs by ES256.
pub(super) struct Key {
    pub(super) id: String,
    pair: EcdsaKeyPair,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Key {
    pub(super) fn generate() -> anyhow::Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| anyhow::anyhow!("no key can be made"))?;
        let id = Uuid::new_v4().to_string();
        Ok(Self { id, pair })
    }

    /// As others see it.
    pub(super) fn public(&self) -> Value {
        let point = self.point();
        let (x, y) = point[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id,
            "x": encoded(x), "y": encoded(y),
        })
    }

    /// The public point.
    pub(super) fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(super) fn sign(&self, text: &str) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes());
        signature.map_or_else(|_| Vec::new(), |signature| signature.as_ref().to_vec())
    }
}

/// A signature with a shared secret.
pub(super) fn shared(secret: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// Base64 as tokens have it.
pub(super) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a challenge is of its verifier.
pub(super) fn hashed(bytes: &[u8]) -> String {
    encoded(digest(&SHA256, bytes).as_ref())
}

/// The half hash of an access token that an ID token has.
pub(super) fn half_hash(text: &str) -> String {
    let whole = digest(&SHA256, text.as_bytes());
    encoded(&whole.as_ref()[..16])
}

/// How a client shows its secret.
pub(super) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

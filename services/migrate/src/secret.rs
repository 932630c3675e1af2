//! Making a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mosaic_config::SecretString;
use sha2::{Digest as _, Sha256};

/// A fresh token and what is stored of it.
pub(crate) struct NewToken {
    /// Shown once.
    pub(crate) text: SecretString,
    /// Stored.
    pub(crate) hash: [u8; 32],
}

impl NewToken {
    pub(crate) fn draw() -> Self {
        let bytes: [u8; 32] = rand::random();
        let text = format!("mos_{}", URL_SAFE_NO_PAD.encode(bytes));
        let hash = Sha256::digest(text.as_bytes()).into();
        Self {
            text: text.into(),
            hash,
        }
    }
}

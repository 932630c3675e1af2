//! The key under which secrets lie in the record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::unset;
use crate::errors::Faults;
use crate::redact;

const KEY_BYTES: usize = 32;
const REMEDY: &str = "make one with `openssl rand -base64 32`";

/// `[secrets]`: the key under which secrets lie in the record.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct SecretsConfig {
    /// Seals and opens; without it nothing that must be sealed can be stored.
    #[serde(deserialize_with = "unset::read", serialize_with = "redact::secret")]
    pub key: Option<SecretString>,
    /// Keys from before, which still open what they sealed.
    #[serde(serialize_with = "redact::secrets")]
    pub previous_keys: Vec<SecretString>,
}

impl SecretsConfig {
    pub(crate) fn validate(&self, faults: &mut Faults) {
        if self.key.as_ref().is_some_and(|key| !is_key(key)) {
            faults.add("secrets.key", "not 32 bytes in base64", REMEDY);
        }
        if !self.previous_keys.iter().all(is_key) {
            faults.add(
                "secrets.previous_keys",
                "one of them is not 32 bytes in base64",
                "write those down that secrets.key had before",
            );
        }
        if self.key.is_none() && !self.previous_keys.is_empty() {
            faults.add(
                "secrets.key",
                "there are previous keys and no current one",
                REMEDY,
            );
        }
    }
}

fn is_key(text: &SecretString) -> bool {
    let bytes = STANDARD.decode(text.expose_secret().trim());
    bytes.is_ok_and(|bytes| bytes.len() == KEY_BYTES)
}

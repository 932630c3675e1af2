//! What a surface answers once and nobody can ask for again: tokens, links, the secrets of requests.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};

/// A secret that is written out in the answer that makes it known, and shown nowhere else.
#[derive(Clone)]
pub struct ShownOnce(SecretString);

impl From<String> for ShownOnce {
    fn from(secret: String) -> Self {
        Self(SecretString::from(secret))
    }
}

impl From<&str> for ShownOnce {
    fn from(secret: &str) -> Self {
        Self(SecretString::from(secret))
    }
}

impl Serialize for ShownOnce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl fmt::Debug for ShownOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownOnce(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_into_its_answer_and_printed_nowhere() {
        let secret = ShownOnce::from("mos_x");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"mos_x\"");
        assert_eq!(format!("{secret:?}"), "ShownOnce(…)");
    }
}

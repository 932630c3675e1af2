//! Where Valkey is and how it is spoken to.

use std::time::Duration;

use secrecy::SecretString;

/// The prefix of every key of this version of the protocol.
pub const DEFAULT_PREFIX: &str = "mosaic:v1";

/// Where Valkey is and how long to wait for it.
#[derive(Debug, Clone)]
pub struct BusOptions {
    /// `redis://` or `rediss://` address, with password.
    pub url: SecretString,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long an answer may take; blocking reads add the time they block.
    pub response_timeout: Duration,
    /// Comes before every key.
    pub prefix: String,
    /// How long events stay on their streams.
    pub event_retention: Duration,
}

impl BusOptions {
    /// Usual timeouts and the product's prefix.
    #[must_use]
    pub fn new(url: SecretString) -> Self {
        Self {
            url,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(5),
            prefix: DEFAULT_PREFIX.to_owned(),
            event_retention: Duration::from_hours(24),
        }
    }
}

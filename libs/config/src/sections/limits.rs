//! How often somebody may ask.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::errors::Faults;

/// `[limits]`: how often somebody may ask, over all gateways. 0: as often as they like.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct LimitsConfig {
    /// Requests of one person in a minute, whatever they prove their identity with.
    pub user_per_minute: u32,
    /// Requests with one token, or of one session, in a minute.
    pub credential_per_minute: u32,
    /// Requests from one address in a minute that prove no identity.
    pub address_per_minute: u32,
    /// What belongs to this time may come at once.
    pub burst_s: u32,
}

impl LimitsConfig {
    /// What belongs to this time may come at once.
    #[must_use]
    pub fn burst(&self) -> Duration {
        Duration::from_secs(self.burst_s.into())
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        const MOST: u32 = 10_000_000;
        for (key, count) in [
            ("limits.user_per_minute", self.user_per_minute),
            ("limits.credential_per_minute", self.credential_per_minute),
            ("limits.address_per_minute", self.address_per_minute),
        ] {
            faults.range(key, count, 0..=MOST);
        }
        faults.range("limits.burst_s", self.burst_s, 1..=60);
    }
}

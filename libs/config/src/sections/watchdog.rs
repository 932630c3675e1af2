//! Runs of which nothing is heard.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::errors::Faults;

/// `[watchdog]`: what one of the gateways does about runs of which nothing is heard.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct WatchdogConfig {
    /// How often it looks.
    pub every_ms: u64,
    /// How long nobody may have claimed a run, or its worker may be gone, before something is said and done.
    pub silence_ms: u64,
    /// How often a run's job is put back before the run is ended.
    pub recoveries: u32,
}

impl WatchdogConfig {
    /// How often it looks.
    #[must_use]
    pub const fn every(&self) -> Duration {
        Duration::from_millis(self.every_ms)
    }

    /// How long a run may be silent.
    #[must_use]
    pub const fn silence(&self) -> Duration {
        Duration::from_millis(self.silence_ms)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        faults.range("watchdog.every_ms", self.every_ms, 50..=600_000);
        faults.range("watchdog.silence_ms", self.silence_ms, 200..=86_400_000);
        faults.range("watchdog.recoveries", u64::from(self.recoveries), 0..=100);
    }
}

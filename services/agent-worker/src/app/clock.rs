//! The system's time, as the agent loop is given it.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// The clock of the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct SystemClock;

#[async_trait]
impl mosaic_agent::Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        mosaic_runtime::clock::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

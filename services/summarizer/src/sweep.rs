//! Looking for conversations that have fallen silent, by schedule.

use std::time::Duration;

use mosaic_bus::RelayHandle;
use mosaic_runtime::clock;
use mosaic_service::Rejected;
use mosaic_service::schedule::{Due, ScheduledWork};
use mosaic_storage::Storage;

/// The schedule's name.
pub(crate) const SESSION_SUMMARIES: &str = "session-summaries";
/// Conversations found by one statement, and statements of one sweep: the rest waits for the next.
const BATCH: u32 = 50;
const BATCHES: usize = 20;

/// Wants session summaries.
#[derive(Debug)]
pub(crate) struct Sweep {
    pub(crate) storage: Storage,
    pub(crate) relay: RelayHandle,
    pub(crate) idle: Duration,
}

impl ScheduledWork for Sweep {
    async fn due(&self, due: &Due) -> Result<(), Rejected> {
        if due.name != SESSION_SUMMARIES {
            let reason = format!("there is no schedule `{}` here any more", due.name);
            return Err(Rejected::Fail(reason));
        }
        for _ in 0..BATCHES {
            let wanted = self
                .storage
                .request_session_summaries(self.idle, BATCH, clock::now())
                .await
                .map_err(|error| Rejected::Retry(error.to_string()))?;
            if wanted.is_empty() {
                break;
            }
            tracing::info!(
                conversations = wanted.len(),
                "silent conversations are to be summarised"
            );
            self.relay.publish(wanted);
        }
        Ok(())
    }
}

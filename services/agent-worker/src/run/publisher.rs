//! Shows a run's log: carries events from memory into the run's stream, in order, each once.

use std::sync::Arc;
use std::time::Duration;

use mosaic_agent::{Stop, Stopper};
use mosaic_bus::{Append, RunLogs};
use mosaic_domain::{Cursor, RunId};
use mosaic_proto::log::LogEvent;
use tokio_util::sync::CancellationToken;

use super::live_log::LiveLog;

/// How often a silent stream is looked at, in case Valkey has lost it.
const CHECK_EVERY: Duration = Duration::from_secs(2);

/// Wait after a failed append; it doubles up to [`MAX_WAIT`].
const MIN_WAIT: Duration = Duration::from_millis(20);
const MAX_WAIT: Duration = Duration::from_secs(1);

/// What a publisher works with.
pub(crate) struct Publisher {
    pub(crate) logs: RunLogs,
    pub(crate) run_id: RunId,
    pub(crate) epoch: u32,
    pub(crate) log: Arc<LiveLog>,
    /// Stopped when another claim has written to the stream.
    pub(crate) stopper: Stopper,
    /// Where the stream is expected to end.
    pub(crate) last: Cursor,
}

impl Publisher {
    /// Publishes until the log is closed and sent, the run is fenced off, or `hard` ends everything. What cannot
    /// be sent then is in Postgres, where watchers find it.
    pub(crate) async fn run(mut self, hard: CancellationToken) {
        tokio::select! {
            () = hard.cancelled() => {}
            () = self.publish() => {}
        }
    }

    async fn publish(&mut self) {
        loop {
            let (batch, closed) = match self.log.take() {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::error!(run.id = %self.run_id, %error, "an event cannot be encoded and is not shown");
                    return;
                }
            };
            let goes_on = if !batch.is_empty() {
                self.send(batch).await
            } else if closed {
                false
            } else {
                self.wait().await
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Waits for something to send, and looks after the stream meanwhile; false if the run is fenced off.
    async fn wait(&mut self) -> bool {
        let silent = tokio::time::timeout(CHECK_EVERY, self.log.woken())
            .await
            .is_err();
        if silent && self.log.has_volatile() {
            self.check().await
        } else {
            true
        }
    }

    /// Sends `batch`; false if the run is fenced off.
    async fn send(&mut self, mut batch: Vec<LogEvent>) -> bool {
        let mut wait = MIN_WAIT;
        while let Some(newest) = batch.last().map(|event| event.cursor) {
            match self.logs.append(self.run_id, self.last, &batch).await {
                Ok(Append::Written) => {
                    self.last = newest;
                    return true;
                }
                Ok(Append::Fenced { .. }) => {
                    self.stopper.stop(Stop::Leave);
                    return false;
                }
                Ok(Append::Behind { last }) => {
                    batch = self.log.restore(batch, last);
                    self.last = last;
                }
                Err(error) => {
                    tracing::debug!(run.id = %self.run_id, %error, "the run's stream cannot be written, trying again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(MAX_WAIT);
                }
            }
        }
        true
    }

    /// Restores the stream if Valkey has lost it while nothing happened; false if the run is fenced off.
    async fn check(&mut self) -> bool {
        match self.logs.last(self.run_id).await {
            Ok(last) if last.epoch > self.epoch => {
                self.stopper.stop(Stop::Leave);
                false
            }
            Ok(last) if last < self.last => {
                let lost = self.log.restore(Vec::new(), last);
                self.last = last;
                self.send(lost).await
            }
            Ok(_) | Err(_) => true,
        }
    }
}

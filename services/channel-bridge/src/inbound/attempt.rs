//! One attempt at an update. What fails again and again is set aside, so that it does not stop those behind it for ever.
//!
//! Failures are counted in the record, because a channel that brings updates to a webhook brings them to any replica. While
//! the record cannot be written nothing is counted, and so nothing is set aside: the channel keeps what it has.

use std::time::Duration;

use mosaic_channels::{Adapter, Update};
use mosaic_storage::{FailedUpdate, Patience};
use tokio::time::timeout;

use crate::bridge::Bridge;

/// An attempt that takes longer has failed; whoever passes an update on to us waits a little longer than this.
const LONGEST: Duration = Duration::from_secs(10);
/// For what fails until somebody changes something: a migration may be on its way.
const LITTLE: Patience = Patience {
    attempts: 5,
    lasting: Duration::from_secs(30),
};
/// For what usually passes by itself.
const MUCH: Patience = Patience {
    attempts: 5,
    lasting: Duration::from_mins(15),
};
/// Reasons are kept up to this length.
const REASON_CHARS: usize = 500;

/// An attempt that failed; the update is to come again.
#[derive(Debug)]
pub(crate) struct Untaken {
    reason: String,
    /// Whether it may pass by itself.
    pub(crate) passing: bool,
}

impl Bridge {
    /// Deals with an update, or sets it aside. Either way it need not come again.
    pub(crate) async fn take_in(
        &self,
        adapter: &dyn Adapter,
        update: &Update,
    ) -> Result<(), Untaken> {
        let failure = match timeout(LONGEST, self.receive(adapter, update)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => Untaken {
                passing: error.is_transient(),
                reason: error.to_string(),
            },
            Err(_) => Untaken {
                passing: true,
                reason: format!("it takes longer than {LONGEST:?}"),
            },
        };
        self.judge(adapter.name(), update.id, failure).await
    }

    async fn judge(&self, channel: &str, update: i64, failure: Untaken) -> Result<(), Untaken> {
        self.metrics.update(channel, "failed");
        let patience = if failure.passing { MUCH } else { LITTLE };
        let reason: String = failure.reason.chars().take(REASON_CHARS).collect();
        let counted = self
            .storage
            .fail_channel_update(channel, update, &reason, patience)
            .await;
        match counted {
            Ok(FailedUpdate::Over) => Ok(()),
            Ok(FailedUpdate::SetAside(failures)) => {
                self.metrics.update(channel, "set aside");
                tracing::error!(
                    channel,
                    update,
                    failures,
                    reason,
                    "an update is set aside: it cannot be dealt with"
                );
                Ok(())
            }
            Ok(FailedUpdate::Again(failures)) => {
                tracing::warn!(
                    channel,
                    update,
                    failures,
                    reason,
                    "an update was not dealt with and comes again"
                );
                Err(failure)
            }
            Err(error) => {
                tracing::warn!(channel, update, reason, %error, "an update was not dealt with and comes again");
                Err(failure)
            }
        }
    }
}

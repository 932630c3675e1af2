//! Claiming a run once more, by who holds it already.

use std::time::Duration;

use mosaic_domain::Fence;

use crate::instance::interval;
use crate::log::{signed, unsigned};
use crate::{Error, Purpose, Storage};

impl Storage {
    /// Raises the epoch of a run that the caller holds: whatever of its own is still on its way under the old one comes
    /// too late, as if it were another's.
    pub async fn reclaim_run(&self, fence: Fence, lease: Duration) -> Result<Fence, Error> {
        let mut tx = self.system(Purpose::Worker).await?;
        let epoch = sqlx::query_scalar!(
            "UPDATE runs
             SET epoch = epoch + 1, lease_until = now() + $4::interval
             WHERE id = $1 AND epoch = $2 AND worker_id = $3 AND state = 'running'
             RETURNING epoch",
            fence.run_id.uuid(),
            signed(fence.epoch),
            fence.worker_id.uuid(),
            interval(lease),
        )
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        epoch.map_or(Err(Error::Fenced), |epoch| {
            Ok(Fence {
                epoch: unsigned(epoch),
                ..fence
            })
        })
    }
}

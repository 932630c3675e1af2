//! Partitions: made before they are needed, dropped when their day is over for long enough.
//!
//! Every replica does it; what one has made or dropped the others find done.

use std::time::Duration;

use mosaic_runtime::{Lifecycle, clock};
use mosaic_storage::{Error, Storage};

use super::keep::Keep;

/// How often it is looked whether a day has passed.
const EVERY: Duration = Duration::from_mins(10);
/// How soon after a failure: a reader was in the way of a drop, or Postgres is away.
const AGAIN: Duration = Duration::from_secs(20);

/// Keeps the partitions right until the service stops.
pub(super) fn start(life: &Lifecycle, storage: Storage, keep: Keep) {
    let soft = life.soft().clone();
    life.spawn(async move {
        loop {
            let wait = match once(&storage, keep).await {
                Ok(()) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "the days of the event archive are not as they should be; trying again");
                    AGAIN
                }
            };
            tokio::select! {
                () = soft.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    });
}

async fn once(storage: &Storage, keep: Keep) -> Result<(), Error> {
    let now = clock::now();
    let made = storage.make_event_days(&keep.wanted(now)).await?;
    if made > 0 {
        tracing::info!(days = made, "the event archive has room for more days");
    }
    let oldest = keep.oldest(now);
    let dropped = storage.drop_event_days(oldest).await?;
    if dropped > 0 {
        tracing::info!(days = dropped, %oldest, "the event archive forgot its oldest days");
    }
    Ok(())
}

//! Remembers what was said before there was memory: once, in the background, from the newest message back to the oldest.
//! Where it stopped is known by the oldest message that is remembered.

use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_domain::MessageId;
use mosaic_storage::Error;
use tokio_util::sync::CancellationToken;

use crate::capture::Capture;

/// Messages looked at in one go.
const BATCH: u32 = 200;

/// Goes back until nothing older is left, or until the stop.
pub(crate) async fn catch_up(capture: Capture, soft: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
    let mut place = None;
    let work = async {
        loop {
            match batch(&capture, &mut place).await {
                Ok(0) => return,
                Ok(_) => backoff.reset(),
                Err(error) => {
                    tracing::info!(%error, "what was said earlier cannot be remembered yet");
                    tokio::time::sleep(backoff.wait()).await;
                }
            }
        }
    };
    tokio::select! {
        () = soft.cancelled() => {}
        () = work => {}
    }
}

/// Returns how many messages were looked at.
async fn batch(capture: &Capture, place: &mut Option<MessageId>) -> Result<usize, Error> {
    let older = capture
        .storage
        .messages_before_memory(*place, BATCH)
        .await?;
    for id in &older {
        capture.message(*id).await?;
        *place = Some(*id);
    }
    Ok(older.len())
}

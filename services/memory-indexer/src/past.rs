//! Remembers what no event told of: what was said before there was memory, from the newest message back to the oldest, and
//! whatever was said while no indexer ran for so long that its events are gone. How far it came is in the record, so a
//! message is looked at once, and at rest nothing is.

use std::time::Duration;

use mosaic_bus::Backoff;
use mosaic_domain::MessageId;
use mosaic_runtime::clock;
use mosaic_storage::{Error, Storage, Unseen};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::capture::Capture;

/// Messages looked at in one go.
const BATCH: u32 = 200;
/// How often it is looked whether an event was lost.
const EVERY: Duration = Duration::from_mins(5);
/// A younger message is left to its event, and one that is made earlier may still be recorded after it: clocks differ,
/// transactions take their time.
const SETTLED: Duration = Duration::from_mins(15);

/// Looks after what was overlooked, until the stop.
pub(crate) async fn catch_up(capture: Capture, soft: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
    let work = async {
        let mut begun = false;
        loop {
            let rest = match round(&capture, &mut begun).await {
                Ok(moved) => {
                    backoff.reset();
                    if moved { Duration::ZERO } else { EVERY }
                }
                Err(error) => {
                    tracing::info!(%error, "what was overlooked cannot be remembered yet");
                    backoff.wait()
                }
            };
            tokio::time::sleep(rest).await;
        }
    };
    tokio::select! {
        () = soft.cancelled() => {}
        () = work => {}
    }
}

/// Looks at some messages forward and at some back; false if there were none.
async fn round(capture: &Capture, begun: &mut bool) -> Result<bool, Error> {
    let storage: &Storage = &capture.storage;
    let settled = id_of(SETTLED);
    if !*begun {
        storage
            .begin_memory_progress(settled, id_of(Duration::ZERO))
            .await?;
        *begun = true;
    }
    let ahead = storage.messages_ahead(settled, BATCH).await?;
    if let Some(through) = remember(capture, &ahead).await? {
        storage.reached_ahead(through).await?;
    }
    let behind = storage.messages_behind(BATCH).await?;
    if let Some(back_to) = remember(capture, &behind).await? {
        storage.reached_behind(back_to).await?;
    }
    Ok(ahead.reached.is_some() || behind.reached.is_some())
}

/// Remembers them and says how far that is. One that can never be remembered holds up no other.
async fn remember(capture: &Capture, unseen: &Unseen) -> Result<Option<MessageId>, Error> {
    for id in &unseen.messages {
        match capture.overlooked(*id).await {
            Ok(()) => {}
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => tracing::error!(message = %id, %error, "a message cannot be remembered"),
        }
    }
    Ok(unseen.reached)
}

/// What the id of a message is not below that is made so long ago, or later.
fn id_of(ago: Duration) -> MessageId {
    let now = u128::try_from(clock::now().timestamp_millis()).unwrap_or_default();
    MessageId::new(Uuid::from_u128(now.saturating_sub(ago.as_millis()) << 80))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_message_is_not_below_that_of_its_time() {
        let before = id_of(Duration::ZERO);
        let made: MessageId = clock::id();
        assert!(before <= made && id_of(SETTLED) < before);
        std::thread::sleep(Duration::from_millis(20));
        assert!(made < id_of(Duration::from_millis(10)));
    }
}

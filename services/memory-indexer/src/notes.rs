//! Cuts notes into chunks. They are written by other services, which know nothing of chunks.

use mosaic_storage::{Error, Storage};

use crate::capture::chunks_of;
use crate::metrics::Metrics;

/// Notes cut in one go.
const BATCH: u32 = 64;

/// Cuts all notes that are there.
pub(crate) async fn cut(storage: &Storage, metrics: &Metrics) -> Result<(), Error> {
    loop {
        let notes = storage.unchunked_memories(BATCH).await?;
        if notes.is_empty() {
            return Ok(());
        }
        for note in notes {
            if storage
                .store_chunks(note.id, &chunks_of(&note.content))
                .await?
            {
                metrics.captured("stored");
            }
        }
    }
}

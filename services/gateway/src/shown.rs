//! What watchers of a run see: what its worker has shown and not recorded, and an end that others write behind it.

use std::time::Duration;

use mosaic_bus::{Append, RunLogs};
use mosaic_domain::{Cursor, RunId};
use mosaic_proto::log::LogEvent;
use tokio::time::timeout;

/// How long Valkey may take to say what watchers saw: whoever ends a run does not wait for it.
const PEEK: Duration = Duration::from_millis(300);
/// Events of a step in hand that are kept at the most.
const KEPT: usize = 5_000;
/// Attempts at showing an event behind the end of a stream that a worker still writes to.
const ATTEMPTS: u32 = 5;

/// What is shown of a run behind what is recorded, which ends at `recorded`; `None` if Valkey does not say in time.
pub(crate) async fn unrecorded(
    logs: &RunLogs,
    run_id: RunId,
    recorded: Cursor,
) -> Option<Vec<LogEvent>> {
    let events = timeout(PEEK, logs.read(run_id, recorded, KEPT)).await;
    events.ok().and_then(Result::ok)
}

/// Shows an event that the record has already, in an epoch of its own, to whoever watches the run now. From then on nobody
/// who writes in an earlier epoch is shown any more.
pub(crate) async fn show(logs: &RunLogs, run_id: RunId, event: LogEvent) {
    let mut last = Cursor::new(0, event.cursor.seq.saturating_sub(1));
    // The stream of a run that never ran is usually not there at all; that of one that was taken from its worker may still
    // grow.
    for _ in 0..ATTEMPTS {
        match logs
            .append(run_id, last, std::slice::from_ref(&event))
            .await
        {
            Ok(Append::Behind { last: actual }) => last = actual,
            Ok(Append::Written | Append::Fenced { .. }) => return,
            Err(error) => {
                tracing::debug!(%run_id, %error, "an event is shown by the record only");
                return;
            }
        }
    }
}

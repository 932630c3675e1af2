//! Taking over a run whose worker died: the log goes on behind whatever that worker had shown.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::RunLogs;
use mosaic_domain::{Cursor, RunEvent, Usage};
use mosaic_proto::log::{EventBody, LogEvent};
use mosaic_storage::{Checkpoint, ClaimedRun, Error, Storage};

/// How long a take-over waits for Valkey before it goes on without knowing what watchers saw.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fences the stream off, records the events that only Valkey had, and says that the run goes on. Returns where
/// the log ends now.
pub(crate) async fn take_over(
    logs: &RunLogs,
    storage: &Storage,
    claimed: &ClaimedRun,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Cursor, Error> {
    let rewind_to = claimed.log_seq;
    let resumed = RunEvent::Resumed {
        worker_id: claimed.fence.worker_id,
        rewind_to,
    };
    let body = EventBody::encode(&resumed, now).map_err(|error| Error::Corrupt {
        table: "run_log",
        column: "events",
        id: claimed.fence.run_id.to_string(),
        reason: error.to_string(),
    })?;
    let events = match fence_stream(logs, claimed, &body).await {
        Ok(Some(events)) => events,
        // Valkey is away: the log goes on from the record, and watchers who saw more rewind by the epoch.
        Ok(None) => vec![LogEvent {
            cursor: claimed.log_cursor().next(),
            body,
        }],
        Err(Fenced) => return Err(Error::Fenced),
    };
    let cursor = events
        .last()
        .map_or_else(|| claimed.log_cursor(), |event| event.cursor);
    let checkpoint = Checkpoint {
        steps: &[],
        log: &events,
        usage: Usage::default(),
        lease,
        seen_seq: i64::MAX,
    };
    storage.record(claimed.fence, &checkpoint).await?;
    Ok(cursor)
}

/// A later claim has written to the stream.
struct Fenced;

/// The events after the recorded ones up to the one that says the run goes on; `None` if Valkey does not answer.
async fn fence_stream(
    logs: &RunLogs,
    claimed: &ClaimedRun,
    body: &EventBody,
) -> Result<Option<Vec<LogEvent>>, Fenced> {
    let fence = claimed.fence;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match logs
            .take_over(fence.run_id, fence.epoch, claimed.log_seq, body)
            .await
        {
            Ok(taken) => {
                let mut events = gapless(taken.orphans, claimed.log_seq, taken.cursor);
                events.push(LogEvent {
                    cursor: taken.cursor,
                    body: body.clone(),
                });
                return Ok(Some(events));
            }
            Err(mosaic_bus::Error::Fenced { .. }) => return Err(Fenced),
            Err(error) if tokio::time::Instant::now() < deadline => {
                tracing::debug!(run.id = %fence.run_id, %error, "the run's stream cannot be taken over yet");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => {
                tracing::warn!(run.id = %fence.run_id, %error, "going on without the run's stream");
                return Ok(None);
            }
        }
    }
}

/// The orphans as the record wants them: every number from the recorded end up to `until` exactly once. A stream
/// that Valkey lost and a dead worker had begun to restore may lack some; they are gone for good and are
/// recorded as signs of life, so that the log stays gapless.
fn gapless(orphans: Vec<LogEvent>, recorded: u32, until: Cursor) -> Vec<LogEvent> {
    let mut found = orphans.into_iter().peekable();
    let mut events = Vec::new();
    for seq in recorded + 1..until.seq {
        while found.next_if(|event| event.cursor.seq < seq).is_some() {}
        let event = found.next_if(|event| event.cursor.seq == seq);
        let lost = || {
            let note = "an event was lost with its stream".to_owned();
            let body =
                EventBody::encode(&RunEvent::Progress { note }, DateTime::UNIX_EPOCH).ok()?;
            Some(LogEvent {
                cursor: Cursor::new(until.epoch, seq),
                body,
            })
        };
        events.extend(event.or_else(lost));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(epoch: u32, seq: u32) -> LogEvent {
        let delta = RunEvent::TextDelta {
            step: 1,
            text: seq.to_string(),
        };
        LogEvent::encode(Cursor::new(epoch, seq), &delta, DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn orphans_with_holes_are_filled_so_that_the_record_has_every_number_once() {
        let orphans = vec![event(1, 5), event(1, 7)];
        let events = gapless(orphans, 4, Cursor::new(2, 9));
        let seqs: Vec<u32> = events.iter().map(|event| event.cursor.seq).collect();
        assert_eq!(seqs, [5, 6, 7, 8]);
        assert_eq!(events[1].body.type_name, "run.progress");
    }
}

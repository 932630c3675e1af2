//! Taking over a run whose worker died: the log goes on behind whatever that worker had shown.

use std::time::Duration;

use chrono::{DateTime, Utc};
use mosaic_bus::RunLogs;
use mosaic_domain::{Cursor, RunEvent, Usage};
use mosaic_proto::log::{EventBody, LogEvent};
use mosaic_storage::{Checkpoint, ClaimedRun, Error, Storage};

/// A take-over waits this share of its lease for Valkey before it goes on without knowing what watchers saw.
const PATIENCE: f64 = 0.3;

/// Fences the stream off, records the events that only Valkey had, and says that the run goes on. Returns where
/// the log ends now. Where the stream cannot be reached, the run goes on in one more epoch: the attempt to reach it may
/// yet arrive there, and then writes in an epoch in which nobody goes on.
pub(crate) async fn take_over(
    logs: &RunLogs,
    storage: &Storage,
    claimed: &mut ClaimedRun,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Cursor, Error> {
    let rewind_to = claimed.log_seq;
    let head = storage.run_head(claimed.fence.run_id).await?;
    let floor = head.map_or(Cursor::START, |head| head.last);
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
    let patience = lease.mul_f64(PATIENCE);
    let fenced = tokio::time::timeout(patience, fence_stream(logs, claimed, floor, &body)).await;
    let (orphans, cursor) = match fenced {
        Ok(Ok(taken)) => taken,
        Ok(Err(Fenced)) => return Err(Error::Fenced),
        Err(_) => {
            tracing::warn!(run.id = %claimed.fence.run_id, "going on without the run's stream");
            claimed.fence = storage.reclaim_run(claimed.fence, lease).await?;
            // Watchers who saw more rewind by the epoch.
            (Vec::new(), claimed.log_cursor().next())
        }
    };
    let event = LogEvent { cursor, body };
    let recorded = record(storage, claimed, &orphans, event.clone(), lease).await;
    match recorded {
        // What cannot be recorded, however it came into the stream, must not stand in the way of the run.
        Err(error) if !error.is_transient() && !matches!(error, Error::Fenced) => {
            tracing::error!(run.id = %claimed.fence.run_id, %error, "the events of a lost step cannot be recorded and are left out");
            record(storage, claimed, &[], event, lease).await?;
        }
        recorded => recorded?,
    }
    Ok(cursor)
}

/// Records what a lost step had shown, and the event that says that the run goes on.
async fn record(
    storage: &Storage,
    claimed: &ClaimedRun,
    orphans: &[LogEvent],
    event: LogEvent,
    lease: Duration,
) -> Result<(), Error> {
    let mut events = gapless(orphans, claimed.log_seq, event.cursor);
    events.push(event);
    let checkpoint = Checkpoint {
        steps: &[],
        log: &events,
        usage: Usage::default(),
        lease,
        seen_seq: i64::MAX,
    };
    storage.record(claimed.fence, &checkpoint).await?;
    Ok(())
}

/// A later claim has written to the stream.
struct Fenced;

/// The events after the recorded ones, and where the one stands that says that the run goes on. Tries until it
/// works.
async fn fence_stream(
    logs: &RunLogs,
    claimed: &ClaimedRun,
    floor: Cursor,
    body: &EventBody,
) -> Result<(Vec<LogEvent>, Cursor), Fenced> {
    let fence = claimed.fence;
    loop {
        match logs.take_over(fence.run_id, fence.epoch, floor, body).await {
            Ok(taken) => return Ok((taken.orphans, taken.cursor)),
            Err(mosaic_bus::Error::Fenced { .. }) => return Err(Fenced),
            Err(error) => {
                tracing::debug!(run.id = %fence.run_id, %error, "the run's stream cannot be taken over yet");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The orphans as the record wants them: every number from the recorded end up to `until` exactly once, epochs never
/// falling. A stream that Valkey lost and a dead worker had begun to restore may lack some; they are gone for good
/// and are recorded as signs of life, so that the log stays gapless.
fn gapless(orphans: &[LogEvent], recorded: u32, until: Cursor) -> Vec<LogEvent> {
    let found = newest_of_each(orphans, until);
    let mut epoch = found
        .first()
        .map_or(until.epoch, |event| event.cursor.epoch);
    let mut found = found.into_iter().peekable();
    let mut events = Vec::new();
    for seq in recorded + 1..until.seq {
        while found.next_if(|event| event.cursor.seq < seq).is_some() {}
        let event = match found.next_if(|event| event.cursor.seq == seq) {
            Some(event) => Some(event.clone()),
            None => lost(Cursor::new(epoch, seq)),
        };
        if let Some(event) = event {
            epoch = event.cursor.epoch;
            events.push(event);
        }
    }
    events
}

/// Where an earlier epoch was rewound, two events stand at one number; only what followed the rewind holds.
fn newest_of_each(orphans: &[LogEvent], until: Cursor) -> Vec<&LogEvent> {
    let mut below = until.seq;
    let mut newest: Vec<&LogEvent> = Vec::new();
    for event in orphans.iter().rev() {
        if event.cursor.seq >= below {
            break;
        }
        below = event.cursor.seq;
        newest.push(event);
    }
    newest.reverse();
    newest
}

fn lost(cursor: Cursor) -> Option<LogEvent> {
    let note = "an event was lost with its stream".to_owned();
    let body = EventBody::encode(&RunEvent::Progress { note }, DateTime::UNIX_EPOCH).ok()?;
    Some(LogEvent { cursor, body })
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
        let events = gapless(&orphans, 4, Cursor::new(2, 9));
        let seqs: Vec<u32> = events.iter().map(|event| event.cursor.seq).collect();
        assert_eq!(seqs, [5, 6, 7, 8]);
        assert_eq!(events[1].body.type_name, "run.progress");
    }

    #[test]
    fn of_an_epoch_that_was_rewound_only_what_followed_the_rewind_is_recorded() {
        let orphans = vec![
            event(1, 5),
            event(1, 6),
            event(1, 7),
            event(2, 5),
            event(2, 6),
        ];
        let events = gapless(&orphans, 4, Cursor::new(3, 7));
        let cursors: Vec<Cursor> = events.iter().map(|event| event.cursor).collect();
        assert_eq!(cursors, [Cursor::new(2, 5), Cursor::new(2, 6)]);
    }

    #[test]
    fn a_hole_takes_the_epoch_of_what_came_before_it() {
        let orphans = vec![event(1, 5), event(1, 7)];
        let events = gapless(&orphans, 4, Cursor::new(2, 8));
        let epochs: Vec<u32> = events.iter().map(|event| event.cursor.epoch).collect();
        assert_eq!(epochs, [1, 1, 1]);
    }
}

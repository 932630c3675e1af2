//! Whether an event follows another in a run's log, as far as the two tell.

use mosaic_domain::Cursor;
use mosaic_proto::log::LogEvent;

/// Whether nothing can lie between `previous` and `event`.
///
/// Within an epoch the seqs count without gaps. A new epoch is proven to begin only by the event that opens it, and only
/// when no epoch is skipped: the first claim says that the run has started, every later one that it is resumed, also
/// where it then says that the run has started because no claim before it could record that. The seq of what opens an epoch
/// may lie below `previous`, when the log was rewound to what was recorded. Everything else may still be right, but
/// only the record can tell.
pub(crate) fn follows(previous: Cursor, event: &LogEvent) -> bool {
    let Cursor { epoch, seq } = event.cursor;
    if epoch == previous.epoch {
        return seq == previous.seq + 1;
    }
    let opens = match &*event.body.type_name {
        "run.started" => epoch == 1,
        "run.resumed" => true,
        _ => false,
    };
    opens && epoch == previous.epoch + 1 && seq <= previous.seq + 1
}

/// How many of `events` provably follow `previous` and each other.
pub(crate) fn run_length(previous: Cursor, events: &[LogEvent]) -> usize {
    let mut last = previous;
    events
        .iter()
        .take_while(|event| {
            let next = follows(last, event);
            last = event.cursor;
            next
        })
        .count()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use chrono::DateTime;
    use mosaic_proto::log::EventBody;
    use serde_json::value::RawValue;

    use super::*;

    fn event(epoch: u32, seq: u32, type_name: &'static str) -> LogEvent {
        LogEvent {
            cursor: Cursor::new(epoch, seq),
            body: EventBody {
                type_name: Cow::Borrowed(type_name),
                time: DateTime::UNIX_EPOCH,
                data: RawValue::from_string("{}".into()).unwrap(),
            },
        }
    }

    #[test]
    fn the_next_seq_of_an_epoch_follows() {
        assert!(follows(Cursor::new(1, 4), &event(1, 5, "text.delta")));
        assert!(!follows(Cursor::new(1, 4), &event(1, 6, "text.delta")));
        assert!(!follows(Cursor::new(1, 4), &event(1, 4, "text.delta")));
    }

    #[test]
    fn the_first_claim_follows_the_acceptance() {
        assert!(follows(Cursor::new(0, 1), &event(1, 2, "run.started")));
    }

    #[test]
    fn a_rewound_log_follows_below_what_was_seen() {
        assert!(follows(Cursor::new(1, 10), &event(2, 6, "run.resumed")));
        assert!(follows(Cursor::new(1, 10), &event(2, 11, "run.resumed")));
    }

    #[test]
    fn an_epoch_that_opens_too_far_on_has_a_gap_before_it() {
        assert!(!follows(Cursor::new(1, 10), &event(2, 12, "run.resumed")));
        assert!(!follows(Cursor::new(1, 10), &event(3, 11, "run.resumed")));
        assert!(!follows(Cursor::new(1, 10), &event(2, 8, "text.delta")));
    }

    #[test]
    fn a_later_claim_begins_by_resuming_also_where_it_starts_the_run_anew() {
        // The first claim could record nothing, and of the second one the stream lacks what only the record has.
        assert!(!follows(Cursor::new(1, 4), &event(2, 3, "run.started")));
        assert!(follows(Cursor::new(1, 4), &event(2, 2, "run.resumed")));
        assert!(follows(Cursor::new(2, 2), &event(2, 3, "run.started")));
    }

    #[test]
    fn events_are_taken_up_to_the_first_gap() {
        let events = [
            event(1, 2, "run.started"),
            event(1, 3, "step.started"),
            event(1, 5, "text.delta"),
            event(1, 6, "text.delta"),
        ];
        assert_eq!(run_length(Cursor::new(0, 1), &events), 2);
    }
}

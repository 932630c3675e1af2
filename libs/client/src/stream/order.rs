//! Whether a frame is the one that should come: the promise of gapless logs, checked.

use std::collections::BTreeMap;

use mosaic_domain::{Cursor, EventId, RunId};

use crate::{Event, Frame};

/// Runs of a conversation come one after the other; of those long ended nothing more comes.
const REMEMBERED_RUNS: usize = 32;

/// What has come so far.
#[derive(Debug)]
pub(super) struct Order {
    last: BTreeMap<RunId, Cursor>,
    from_start: bool,
}

/// What a frame is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next one, or one that is in no log.
    Next,
    /// One that had come before.
    Repeated,
    /// A later one, `found`; what follows `last` is missing.
    Gap { last: u32, found: u32 },
}

impl Order {
    /// A run's log is complete from its first event or from behind `after`.
    pub(super) fn of_run(run_id: RunId, after: Option<EventId>) -> Self {
        let cursor = after.map_or(Cursor::START, |id| id.cursor);
        Self {
            last: BTreeMap::from([(run_id, cursor)]),
            from_start: true,
        }
    }

    /// A conversation is entered in the middle of a run, unless it is resumed.
    pub(super) fn of_conversation(after: Option<EventId>) -> Self {
        let last = after.map(|id| (id.run_id, id.cursor));
        Self {
            last: last.into_iter().collect(),
            from_start: false,
        }
    }

    pub(super) fn check(&mut self, frame: &Frame) -> Verdict {
        let Some(EventId { run_id, cursor }) = frame.event_id() else {
            return Verdict::Next;
        };
        let last = match self.last.get(&run_id) {
            Some(last) => *last,
            None if self.from_start || !self.last.is_empty() => Cursor::START,
            None => Cursor::new(0, cursor.seq.saturating_sub(1)),
        };
        if cursor <= last {
            return Verdict::Repeated;
        }
        if !follows(last, cursor, &frame.event) {
            let (last, found) = (last.seq, cursor.seq);
            return Verdict::Gap { last, found };
        }
        self.last.insert(run_id, cursor);
        if self.last.len() > REMEMBERED_RUNS {
            // Ids of runs sort by time.
            self.last.pop_first();
        }
        Verdict::Next
    }
}

fn follows(last: Cursor, cursor: Cursor, event: &Event) -> bool {
    let seq = cursor.seq;
    if seq == last.seq + 1 {
        return true;
    }
    // A successor may go on behind what it knows to be recorded, or behind void events that we never saw.
    match event {
        Event::Resumed { rewind_to } => seq <= last.seq || *rewind_to <= last.seq,
        // Who ends a run by force while its stream is out of reach goes on behind what is recorded.
        event if event.end().is_some() => cursor.epoch > last.epoch && seq <= last.seq,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn frame(run: u128, epoch: u32, seq: u32, kind: &str, data: &serde_json::Value) -> Frame {
        let run = uuid::Uuid::from_u128(run);
        let json = json!({"id": format!("{run}:{epoch}:{seq}"), "type": kind, "time": "2026-01-02T03:04:05Z",
            "conversationId": run, "runId": run, "epoch": epoch, "seq": seq, "data": data});
        Frame::parse(&json.to_string()).unwrap()
    }

    fn text(epoch: u32, seq: u32) -> Frame {
        frame(1, epoch, seq, "text.delta", &json!({"text": "x"}))
    }

    fn resumed(epoch: u32, seq: u32, rewind_to: u32) -> Frame {
        frame(
            1,
            epoch,
            seq,
            "run.resumed",
            &json!({"rewindTo": rewind_to}),
        )
    }

    fn order() -> Order {
        Order::of_run(text(1, 1).run_id, None)
    }

    #[test]
    fn a_log_without_gaps_passes_and_repetitions_are_dropped() {
        let mut order = order();
        assert_eq!(order.check(&text(0, 1)), Verdict::Next);
        assert_eq!(order.check(&text(1, 2)), Verdict::Next);
        assert_eq!(order.check(&text(1, 2)), Verdict::Repeated);
        assert_eq!(order.check(&text(1, 4)), Verdict::Gap { last: 2, found: 4 });
        assert_eq!(order.check(&text(1, 3)), Verdict::Next);
    }

    #[test]
    fn a_sign_of_life_passes_between_events_and_leaves_no_gap() {
        let mut order = order();
        let mut sign = text(1, 9);
        (sign.id, sign.epoch, sign.seq) = (None, None, None);
        assert_eq!(order.check(&sign), Verdict::Next);
        assert_eq!(order.check(&text(0, 1)), Verdict::Next);
        assert_eq!(order.check(&sign), Verdict::Next);
        assert_eq!(order.check(&text(1, 2)), Verdict::Next);
    }

    #[test]
    fn a_successor_may_go_on_behind_what_is_recorded() {
        let mut order = order();
        for seq in 1..=9 {
            assert_eq!(order.check(&text(1, seq)), Verdict::Next);
        }
        assert_eq!(order.check(&resumed(2, 6, 5)), Verdict::Next);
        assert_eq!(
            order.check(&text(1, 10)),
            Verdict::Repeated,
            "a fenced-off worker's event"
        );
        assert_eq!(order.check(&text(2, 7)), Verdict::Next);
    }

    #[test]
    fn a_run_that_was_ended_by_force_may_end_behind_what_is_recorded() {
        let mut order = order();
        for seq in 1..=9 {
            assert_eq!(order.check(&text(1, seq)), Verdict::Next);
        }
        let killed = |epoch, seq| frame(1, epoch, seq, "run.killed", &json!({"reason": "x"}));
        assert_eq!(
            order.check(&killed(2, 12)),
            Verdict::Gap { last: 9, found: 12 }
        );
        assert_eq!(order.check(&killed(2, 6)), Verdict::Next);
        assert_eq!(order.check(&text(1, 10)), Verdict::Repeated);
    }

    #[test]
    fn void_events_that_were_never_seen_are_no_gap() {
        let mut order = order();
        for seq in 1..=5 {
            assert_eq!(order.check(&text(1, seq)), Verdict::Next);
        }
        assert_eq!(
            order.check(&resumed(2, 20, 7)),
            Verdict::Gap { last: 5, found: 20 }
        );
        assert_eq!(order.check(&resumed(2, 20, 4)), Verdict::Next);
    }

    #[test]
    fn a_conversation_may_be_entered_in_the_middle_and_its_next_run_begins_at_its_start() {
        let mut order = Order::of_conversation(None);
        assert_eq!(order.check(&text(1, 40)), Verdict::Next);
        assert_eq!(
            order.check(&text(1, 42)),
            Verdict::Gap {
                last: 40,
                found: 42
            }
        );
        assert_eq!(
            order.check(&frame(1, 1, 41, "run.completed", &json!({}))),
            Verdict::Next
        );
        let second = |seq| frame(2, 1, seq, "text.delta", &json!({"text": "x"}));
        assert_eq!(order.check(&second(2)), Verdict::Gap { last: 0, found: 2 });
        assert_eq!(order.check(&second(1)), Verdict::Next);
    }
}

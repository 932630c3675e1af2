//! Logs of runs, as the record has them and as watchers saw them.

use mosaic_domain::{Cursor, MessageId, RunEvent, ToolOutcome};
use mosaic_e2e::{Event, text_after_rewinds};
use mosaic_proto::log::LogEvent;

/// What a recorded log tells.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) cursors: Vec<Cursor>,
    /// Messages that the model was shown.
    pub(crate) heard: Vec<MessageId>,
    /// Tool steps and how they came out.
    pub(crate) tools: Vec<(u32, ToolOutcome)>,
    /// The state that each end means, in words; there must be one.
    pub(crate) ends: Vec<&'static str>,
    /// The type of the last event.
    pub(crate) last: String,
    /// The answer.
    pub(crate) answer: Option<String>,
}

impl Told {
    pub(crate) fn read(log: &[LogEvent]) -> anyhow::Result<Self> {
        let mut told = Self::default();
        for event in log {
            told.cursors.push(event.cursor);
            told.last = event.body.type_name.to_string();
            let event = event.decode()?;
            if let Some(state) = mosaic_domain::event::end_of(event.type_name()) {
                told.ends.push(state.as_str());
            }
            match event {
                RunEvent::Accepted { message_id, .. }
                | RunEvent::MessageAdded { message_id, .. } => told.heard.push(message_id),
                RunEvent::ToolCompleted { step, outcome, .. } => told.tools.push((step, outcome)),
                RunEvent::Completed { content, .. } => told.answer = Some(content),
                _ => {}
            }
        }
        Ok(told)
    }
}

/// Says what is wrong with the order in which a watcher got events: each must come after all before it, and within an
/// epoch no number may be left out. A later epoch may begin again at a lower number, never at one too high.
pub fn sequence(events: &[Event]) -> Result<(), String> {
    let mut last = Cursor::START;
    for event in events {
        let Cursor { epoch, seq } = event.cursor;
        let follows = if epoch == last.epoch {
            seq == last.seq + 1
        } else {
            epoch > last.epoch && seq <= last.seq + 1
        };
        if !follows {
            return Err(format!(
                "{} ({}) came after {last}",
                event.cursor, event.kind
            ));
        }
        last = event.cursor;
    }
    Ok(())
}

/// The places of what still holds at the end, after every later epoch took back what it did not go on from.
#[must_use]
pub fn collapsed(events: &[Event]) -> Vec<Cursor> {
    let mut held: Vec<Cursor> = Vec::new();
    for event in events {
        while held.last().is_some_and(|last| last.seq >= event.cursor.seq) {
            held.pop();
        }
        held.push(event.cursor);
    }
    held
}

/// Looks at what a watcher saw of a run.
pub(crate) fn watched(events: &[Event], told: &Told, find: &impl Fn(String)) {
    if let Err(wrong) = sequence(events) {
        find(wrong);
    }
    let ends = events.iter().filter(|event| event.is_end()).count();
    if ends != 1 || !events.last().is_some_and(Event::is_end) {
        find(format!("it saw {ends} ends among {} events", events.len()));
    }
    if collapsed(events) != told.cursors {
        let saw: Vec<Cursor> = events.iter().map(|event| event.cursor).collect();
        find(format!(
            "it saw {}, and the record has {}",
            ranges(&saw),
            ranges(&told.cursors)
        ));
    }
    let Some(answer) = &told.answer else { return };
    let shown = text_after_rewinds(&of_last_step(events));
    if shown != *answer {
        find(format!(
            "it was shown {shown:?} and the answer is {answer:?}"
        ));
    }
}

/// Cursors in few words, as `1:2-9`.
fn ranges(cursors: &[Cursor]) -> String {
    let follow = |one: &Cursor, next: &Cursor| one.next() == *next;
    let told = cursors.chunk_by(follow).filter_map(|range| {
        let (first, last) = (range.first()?, range.last()?);
        Some(format!("{}:{}-{}", first.epoch, first.seq, last.seq))
    });
    told.collect::<Vec<_>>().join(" ")
}

/// The events without the text of all model steps but the last: that one is the answer.
fn of_last_step(events: &[Event]) -> Vec<Event> {
    let is_text = |event: &Event| event.kind == "text.delta";
    let last = events
        .iter()
        .filter(|event| is_text(event))
        .filter_map(|event| event.data["step"].as_u64())
        .max();
    let wanted = |event: &&Event| !is_text(event) || event.data["step"].as_u64() == last;
    events.iter().filter(wanted).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn events(cursors: &[(u32, u32)]) -> Vec<Event> {
        let event = |(epoch, seq): &(u32, u32)| Event {
            id: String::new(),
            cursor: Cursor::new(*epoch, *seq),
            kind: "run.progress".into(),
            data: Value::Null,
        };
        cursors.iter().map(event).collect()
    }

    #[test]
    fn a_watcher_may_see_a_log_rewound_but_never_a_gap_or_a_repetition() {
        assert_eq!(
            sequence(&events(&[(0, 1), (1, 2), (1, 3), (2, 3), (4, 4)])),
            Ok(())
        );
        for wrong in [
            [(0, 1), (1, 2), (1, 4)],
            [(0, 1), (1, 2), (1, 2)],
            [(0, 1), (2, 2), (1, 3)],
            [(0, 1), (1, 2), (2, 4)],
        ] {
            assert!(sequence(&events(&wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_a_later_epoch_took_back_does_not_hold() {
        let seen = events(&[(0, 1), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4)]);
        let held: Vec<(u32, u32)> = collapsed(&seen)
            .into_iter()
            .map(|cursor| (cursor.epoch, cursor.seq))
            .collect();
        assert_eq!(held, [(0, 1), (1, 2), (2, 3), (2, 4)]);
    }
}

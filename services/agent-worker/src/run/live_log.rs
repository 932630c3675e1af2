//! The log of one run while it is being written: numbered here, shown through Valkey at once, made durable with
//! the next record.
//!
//! Two readers take from it. The *publisher* takes what is new, as often as Valkey keeps up; while it is busy,
//! deltas of the same step grow together, so a fast model makes fewer entries under load and not a longer queue.
//! The *journal* takes everything that is not durable yet whenever a step is recorded. An event stays in memory
//! until it is durable, so that the stream can be restored if Valkey loses it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use mosaic_domain::{Cursor, RunEvent};
use mosaic_proto::log::{InvalidEvent, LogEvent};
use tokio::sync::Notify;

/// The part of a run's log that this claim writes.
#[derive(Debug)]
pub(crate) struct LiveLog {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug)]
struct State {
    /// Where the last event stands.
    last: Cursor,
    /// Numbered, but nobody has taken them: the last one may still grow.
    fresh: Vec<(Cursor, DateTime<Utc>, RunEvent)>,
    /// Encoded, not durable.
    volatile: Vec<LogEvent>,
    /// Encoded, not yet given to the publisher.
    unsent: Vec<LogEvent>,
    /// A record is under way: the numbers after `last` are promised to its events.
    recording: bool,
    closed: bool,
    last_sign: Instant,
}

/// Events of a record that is under way.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Everything that is not durable yet, and then the events that become true with the record.
    pub(crate) events: Vec<LogEvent>,
    volatile: usize,
}

impl LiveLog {
    /// A log that cannot be written before [`LiveLog::begin`].
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                last: Cursor::START,
                fresh: Vec::new(),
                volatile: Vec::new(),
                unsent: Vec::new(),
                recording: true,
                closed: false,
                last_sign: Instant::now(),
            }),
            wake: Notify::new(),
        }
    }

    /// The log goes on after `last`.
    pub(crate) fn begin(&self, last: Cursor) {
        let mut state = self.lock();
        state.last = last;
        state.recording = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `seq` of the last event.
    pub(crate) fn position(&self) -> u32 {
        self.lock().last.seq
    }

    /// Appends an event and shows it.
    pub(crate) fn emit(&self, event: RunEvent, now: DateTime<Utc>) {
        self.lock().push(event, now);
        self.wake.notify_one();
    }

    /// Appends a sign of life if nothing was shown for `silence`.
    pub(crate) fn progress_after(&self, silence: Duration, note: &str, now: DateTime<Utc>) {
        if self.lock().last_sign.elapsed() >= silence {
            self.progress(note, now);
        }
    }

    /// Appends a note on what is going on, unless something better is about to be said.
    pub(crate) fn progress(&self, note: &str, now: DateTime<Utc>) {
        let mut state = self.lock();
        if state.recording || state.closed {
            return;
        }
        state.push(
            RunEvent::Progress {
                note: note.to_owned(),
            },
            now,
        );
        drop(state);
        self.wake.notify_one();
    }

    /// Begins a record: everything volatile, followed by `then`. End it with [`LiveLog::commit`] or
    /// [`LiveLog::withdraw`].
    pub(crate) fn draft(
        &self,
        then: &[RunEvent],
        now: DateTime<Utc>,
    ) -> Result<Draft, InvalidEvent> {
        let mut state = self.lock();
        state.seal()?;
        let mut events = state.volatile.clone();
        let volatile = events.len();
        let mut cursor = state.last;
        for event in then {
            cursor = cursor.next();
            events.push(LogEvent::encode(cursor, event, now)?);
        }
        state.recording = true;
        Ok(Draft { events, volatile })
    }

    /// The draft is durable: its last events are shown now.
    pub(crate) fn commit(&self, mut draft: Draft) {
        let mut state = self.lock();
        state.recording = false;
        state.last_sign = Instant::now();
        state.volatile.clear();
        if let Some(event) = draft.events.last() {
            state.last = event.cursor;
        }
        let then = draft.events.split_off(draft.volatile);
        state.unsent.extend(then);
        drop(state);
        self.wake.notify_one();
    }

    /// The draft was not recorded and will not be.
    pub(crate) fn withdraw(&self) {
        self.lock().recording = false;
    }

    /// Nothing more will come; the publisher ends when it has sent the rest.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// What is new, for the publisher, and whether the log is closed.
    pub(crate) fn take(&self) -> Result<(Vec<LogEvent>, bool), InvalidEvent> {
        let mut state = self.lock();
        state.seal()?;
        Ok((std::mem::take(&mut state.unsent), state.closed))
    }

    /// Everything in memory after `last`, given that `batch` was not accepted: for a stream that lost its end.
    pub(crate) fn restore(&self, batch: Vec<LogEvent>, last: Cursor) -> Vec<LogEvent> {
        let mut events = self.lock().volatile.clone();
        events.extend(batch);
        events.retain(|event| event.cursor > last);
        events.sort_by_key(|event| event.cursor);
        events.dedup_by_key(|event| event.cursor);
        // What is still unsent follows by itself and must not come twice.
        let unsent = self.lock().unsent.first().map(|event| event.cursor);
        if let Some(first) = unsent {
            events.retain(|event| event.cursor < first);
        }
        events
    }

    /// Whether anything is in memory that a lost stream would lack.
    pub(crate) fn has_volatile(&self) -> bool {
        !self.lock().volatile.is_empty()
    }

    /// Waits until there may be something to take.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }
}

impl State {
    fn push(&mut self, event: RunEvent, now: DateTime<Utc>) {
        self.last_sign = Instant::now();
        if !self.grow(&event) {
            self.last = self.last.next();
            self.fresh.push((self.last, now, event));
        }
    }

    /// Lets the last fresh event grow by `event`, if both are deltas of the same text.
    fn grow(&mut self, event: &RunEvent) -> bool {
        match (self.fresh.last_mut().map(|(_, _, last)| last), event) {
            (
                Some(RunEvent::TextDelta { step: into, text }),
                RunEvent::TextDelta { step, text: more },
            )
            | (
                Some(RunEvent::ThinkingDelta { step: into, text }),
                RunEvent::ThinkingDelta { step, text: more },
            ) if into == step => {
                text.push_str(more);
                true
            }
            _ => false,
        }
    }

    /// Encodes what is fresh; it cannot grow any more.
    fn seal(&mut self) -> Result<(), InvalidEvent> {
        for (cursor, time, event) in self.fresh.drain(..) {
            let event = LogEvent::encode(cursor, &event, time)?;
            self.volatile.push(event.clone());
            self.unsent.push(event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> RunEvent {
        RunEvent::TextDelta {
            step: 1,
            text: text.into(),
        }
    }

    fn log() -> LiveLog {
        let log = LiveLog::new();
        log.begin(Cursor::new(1, 4));
        log
    }

    fn seqs(events: &[LogEvent]) -> Vec<u32> {
        events.iter().map(|event| event.cursor.seq).collect()
    }

    #[test]
    fn deltas_nobody_has_taken_grow_together_and_taken_ones_do_not() {
        let log = log();
        log.emit(text("a"), DateTime::UNIX_EPOCH);
        log.emit(text("b"), DateTime::UNIX_EPOCH);
        let (first, _) = log.take().unwrap();
        log.emit(text("c"), DateTime::UNIX_EPOCH);
        let (second, _) = log.take().unwrap();
        assert_eq!((seqs(&first), seqs(&second)), (vec![5], vec![6]));
        assert_eq!(first[0].decode().unwrap(), text("ab"));
    }

    #[test]
    fn a_record_holds_everything_volatile_and_shows_its_own_events_once_committed() {
        let log = log();
        log.emit(text("a"), DateTime::UNIX_EPOCH);
        log.take().unwrap();
        let end = RunEvent::Cancelled {
            reason: "enough".into(),
        };
        let draft = log.draft(&[end], DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(seqs(&draft.events), [5, 6]);
        assert!(
            log.take().unwrap().0.is_empty(),
            "nothing is shown before it is durable"
        );
        log.commit(draft);
        assert_eq!(seqs(&log.take().unwrap().0), [6]);
        assert!(!log.has_volatile());
    }

    #[test]
    fn a_withdrawn_record_gives_its_numbers_back() {
        let log = log();
        let end = RunEvent::Cancelled {
            reason: "enough".into(),
        };
        log.draft(std::slice::from_ref(&end), DateTime::UNIX_EPOCH)
            .unwrap();
        log.withdraw();
        log.emit(text("a"), DateTime::UNIX_EPOCH);
        assert_eq!(seqs(&log.take().unwrap().0), [5]);
    }

    #[test]
    fn a_stream_that_lost_its_end_is_restored_without_repeating_what_is_still_to_come() {
        let log = log();
        for word in ["a", "b", "c"] {
            log.emit(text(word), DateTime::UNIX_EPOCH);
            log.take().unwrap();
        }
        log.emit(text("d"), DateTime::UNIX_EPOCH);
        let (batch, _) = log.take().unwrap();
        assert_eq!(
            seqs(&log.restore(batch.clone(), Cursor::new(1, 5))),
            [6, 7, 8]
        );
        log.emit(text("e"), DateTime::UNIX_EPOCH);
        log.draft(&[], DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(seqs(&log.restore(batch, Cursor::START)), [5, 6, 7, 8]);
        assert_eq!(seqs(&log.take().unwrap().0), [9]);
    }
}

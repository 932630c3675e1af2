//! What was said in the open conversation, run by run: stored messages, folded logs, and messages that are on their way.
//!
//! The events of the active run are followed from its first one, and stored messages are fetched after following began.
//! So both may tell of the same run: everything is kept under its run, and where the log of a run is known, the log is
//! shown and not the messages. Nothing is missing and nothing is there twice.

mod entry;

use std::collections::VecDeque;

use mosaic_client::{Event, Frame, Message, Turn};
use mosaic_domain::{MessageId, RunId};

pub(crate) use entry::{Entry, Key, Stamp};

/// The conversation as far as it is known here.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    entries: VecDeque<Entry>,
    pending: Vec<Pending>,
    /// Position of the oldest known message, once there are any.
    oldest: Option<i64>,
    /// Whether there are older messages.
    pub(crate) more: bool,
}

/// A message that is not part of any run we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) ticket: u64,
    pub(crate) text: String,
    pub(crate) state: PendingState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PendingState {
    Sending,
    /// It is stored; its run has not come yet.
    Stored(MessageId),
    NotSent(String),
}

impl Timeline {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.pending.is_empty()
    }

    pub(crate) fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    pub(crate) fn pending(&self) -> &[Pending] {
        &self.pending
    }

    pub(crate) fn position(&self, key: Key) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// The position before which older messages are.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.oldest.filter(|_| self.more)
    }

    /// The turns, the newest first.
    pub(crate) fn turns(&self) -> impl Iterator<Item = &Turn> {
        self.entries
            .iter()
            .rev()
            .filter_map(|entry| entry.turn.as_ref())
    }

    /// What was said first, as far as it is known.
    pub(crate) fn first_words(&self) -> Option<String> {
        let pending = self.pending.first().map(|one| one.text.clone());
        self.entries
            .front()
            .and_then(Entry::first_words)
            .or(pending)
    }

    /// The run that is going on or comes next.
    pub(crate) fn active(&self) -> Option<&Turn> {
        self.turns().filter(|turn| !turn.is_ended()).last()
    }

    /// Whether something is on its way to the gateway.
    pub(crate) fn is_sending(&self) -> bool {
        self.pending
            .iter()
            .any(|one| one.state == PendingState::Sending)
    }

    /// Takes in stored messages: the newest ones, or those before what is there.
    pub(crate) fn add_messages(&mut self, messages: Vec<Message>, more: bool) {
        self.more = more;
        let first = messages.first().map(|message| message.seq);
        self.oldest = first.or(self.oldest);
        for message in messages {
            let key = Key::of(&message);
            let index = self.position(key).unwrap_or_else(|| {
                self.entries.push_back(Entry::new(key));
                self.entries.len() - 1
            });
            self.entries[index].add_message(message);
        }
        // Runs that began since have no stored messages yet and stay at the end.
        let entries = self.entries.make_contiguous();
        entries.sort_by_key(|entry| entry.oldest_seq().unwrap_or(i64::MAX));
        self.settle();
    }

    /// Takes in the next event of a run.
    pub(crate) fn apply(&mut self, frame: &Frame) {
        let entry = self.of_run(frame.run_id);
        entry.apply(frame);
        let (Event::Accepted { content: said, .. } | Event::MessageAdded { content: said, .. }) =
            &frame.event
        else {
            return;
        };
        // The event may be here before the answer to the sending.
        let same = |one: &Pending| one.state == PendingState::Sending && one.text == *said;
        if let Some(index) = self.pending.iter().position(same) {
            self.pending.remove(index);
        }
        self.settle();
    }

    /// Following begins anew: a run whose end was not seen comes again from its start, or has ended meanwhile.
    pub(crate) fn begin_anew(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.is_moving()) {
            entry.forget();
        }
    }

    /// Takes in what a run of long ago did.
    pub(crate) fn put_past(&mut self, run_id: RunId, turn: Option<Turn>) {
        let known = self
            .entries
            .iter_mut()
            .find(|entry| entry.key == Key::Run(run_id));
        if let (Some(entry), Some(turn)) = (known, turn)
            && entry.turn.is_none()
        {
            entry.put(turn);
        }
    }

    fn of_run(&mut self, run_id: RunId) -> &mut Entry {
        let key = Key::Run(run_id);
        let found = self.entries.iter().rposition(|entry| entry.key == key);
        let index = found.unwrap_or_else(|| {
            self.entries.push_back(Entry::new(key));
            self.entries.len() - 1
        });
        &mut self.entries[index]
    }

    pub(crate) fn add_pending(&mut self, ticket: u64, text: String) {
        let state = PendingState::Sending;
        self.pending.push(Pending {
            ticket,
            text,
            state,
        });
    }

    /// What became of a message.
    pub(crate) fn sent(&mut self, ticket: u64, state: PendingState) {
        if let Some(one) = self.pending.iter_mut().find(|one| one.ticket == ticket) {
            one.state = state;
        }
        self.settle();
    }

    /// Messages that are part of a run are no longer on their way.
    fn settle(&mut self) {
        let entries = &self.entries;
        self.pending.retain(|one| match &one.state {
            PendingState::Stored(id) => !entries.iter().rev().any(|entry| entry.has_message(*id)),
            _ => true,
        });
    }

    /// Forgets messages that could not be sent.
    pub(crate) fn drop_unsent(&mut self) {
        self.pending
            .retain(|one| !matches!(one.state, PendingState::NotSent(_)));
    }

    /// Asks for runs among these of which only the messages are known, each once.
    pub(crate) fn ask_past(&mut self, range: std::ops::Range<usize>) -> Vec<RunId> {
        let mut wanted = Vec::new();
        for index in range.rev() {
            let Some(entry) = self.entries.get_mut(index) else {
                continue;
            };
            if let Key::Run(run_id) = entry.key
                && entry.turn.is_none()
                && !std::mem::replace(&mut entry.asked, true)
            {
                wanted.push(run_id);
            }
        }
        wanted
    }
}

#[cfg(test)]
mod tests;

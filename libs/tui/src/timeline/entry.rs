//! One run of a conversation, or a message that belongs to none, with the lines it was last drawn as.

use std::cell::RefCell;
use std::rc::Rc;

use mosaic_client::{Block, Event, Frame, Message, Turn};
use mosaic_domain::{MessageId, RunId};
use ratatui::text::Line;

use crate::theme::Theme;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Run(RunId),
    Message(MessageId),
}

impl Key {
    pub(crate) fn of(message: &Message) -> Self {
        message.run_id.map_or(Self::Message(message.id), Self::Run)
    }
}

/// One run, or one message.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    /// Stored messages, in order.
    pub(crate) messages: Vec<Message>,
    /// The folded log, where it is known.
    pub(crate) turn: Option<Turn>,
    /// Whether the log was asked for.
    pub(crate) asked: bool,
    /// Changes with every change.
    revision: u64,
    drawn: RefCell<Option<(Stamp, Rc<Vec<Line<'static>>>)>>,
    texts: RefCell<Vec<Option<DrawnText>>>,
}

/// What the lines of an entry depend on besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) columns: usize,
    pub(crate) theme: Theme,
    pub(crate) thinking: bool,
    pub(crate) tools: bool,
    /// What moves: the spinner, seconds that pass. Does not matter for what is over.
    pub(crate) moment: i64,
}

/// A text block as lines: while a turn goes on, only its last block changes.
#[derive(Debug, Clone)]
struct DrawnText {
    columns: usize,
    theme: Theme,
    length: usize,
    lines: Rc<Vec<Line<'static>>>,
}

impl Entry {
    pub(crate) fn new(key: Key) -> Self {
        Self {
            key,
            messages: Vec::new(),
            turn: None,
            asked: false,
            revision: 0,
            drawn: RefCell::default(),
            texts: RefCell::default(),
        }
    }

    pub(crate) fn oldest_seq(&self) -> Option<i64> {
        self.messages.first().map(|message| message.seq)
    }

    pub(crate) fn has_message(&self, id: MessageId) -> bool {
        self.messages.iter().any(|message| message.id == id)
            || self.turn.as_ref().is_some_and(|turn| turn.has_message(id))
    }

    /// What the person said first.
    pub(crate) fn first_words(&self) -> Option<String> {
        let stored = self.messages.first().map(|message| &message.content);
        let blocks = self.turn.iter().flat_map(|turn| &turn.blocks);
        let mut followed = blocks.filter_map(|block| match block {
            Block::Message { content, .. } => Some(content),
            _ => None,
        });
        stored.or_else(|| followed.next()).cloned()
    }

    pub(crate) fn is_moving(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| !turn.is_ended())
    }

    pub(crate) fn add_message(&mut self, message: Message) {
        let at = self.messages.partition_point(|one| one.seq < message.seq);
        if self.messages.get(at).is_none_or(|one| one.id != message.id) {
            self.messages.insert(at, message);
            self.changed();
        }
    }

    pub(crate) fn apply(&mut self, frame: &Frame) {
        let begins = frame.seq == Some(1);
        let turn = match &mut self.turn {
            // A log that is followed anew begins anew.
            Some(turn) if !begins => turn,
            turn => turn.insert(Turn::new(frame.run_id)),
        };
        turn.apply(frame);
        if begins || matches!(frame.event, Event::Resumed { .. }) {
            self.texts.borrow_mut().clear();
        }
        self.changed();
    }

    pub(crate) fn put(&mut self, turn: Turn) {
        self.turn = Some(turn);
        self.texts.borrow_mut().clear();
        self.changed();
    }

    /// Forgets the log; it may be asked for again.
    pub(crate) fn forget(&mut self) {
        self.turn = None;
        self.asked = false;
        self.texts.borrow_mut().clear();
        self.changed();
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.drawn.borrow_mut().take();
    }

    /// The lines under this stamp, drawn anew only where something changed.
    pub(crate) fn lines(
        &self,
        mut stamp: Stamp,
        draw: impl FnOnce() -> Vec<Line<'static>>,
    ) -> Rc<Vec<Line<'static>>> {
        if !self.is_moving() {
            stamp.moment = 0;
        }
        if let Some((of, lines)) = &*self.drawn.borrow()
            && *of == stamp
        {
            return Rc::clone(lines);
        }
        let lines = Rc::new(draw());
        *self.drawn.borrow_mut() = Some((stamp, Rc::clone(&lines)));
        lines
    }

    /// The lines of the text block `index` of the turn.
    pub(crate) fn text_lines(
        &self,
        index: usize,
        text: &str,
        (columns, theme): (usize, Theme),
        draw: impl FnOnce() -> Vec<Line<'static>>,
    ) -> Rc<Vec<Line<'static>>> {
        let mut texts = self.texts.borrow_mut();
        if texts.len() <= index {
            texts.resize(index + 1, None);
        }
        let length = text.len();
        if let Some(drawn) = &texts[index]
            && (drawn.columns, drawn.theme, drawn.length) == (columns, theme, length)
        {
            return Rc::clone(&drawn.lines);
        }
        let lines = Rc::new(draw());
        texts[index] = Some(DrawnText {
            columns,
            theme,
            length,
            lines: Rc::clone(&lines),
        });
        lines
    }
}

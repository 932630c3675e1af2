//! A command that wants a reason: it is given once the reason is written.

use crossterm::event::{KeyCode, KeyEvent};
use mosaic_domain::{InstanceId, RunId};

use super::App;
use crate::app::keys::is_typed;
use crate::composer::Composer;
use crate::event::Command;
use crate::operate::Order;

/// The gateway takes no longer reason.
const LONGEST: usize = 500;

/// A reason that is asked for.
#[derive(Debug)]
pub(crate) struct Ask {
    /// What it is asked for, as a question.
    pub(crate) question: String,
    /// What Enter does.
    pub(crate) does: &'static str,
    pub(crate) reason: Composer,
    wants: Wants,
}

/// What is done once the reason is known.
#[derive(Debug)]
pub(super) enum Wants {
    Kill(RunId),
    Drain(InstanceId),
    PauseQueue(String),
}

impl Ask {
    pub(super) fn new(question: String, does: &'static str, wants: Wants) -> Self {
        Self {
            question,
            does,
            reason: Composer::default(),
            wants,
        }
    }

    /// Writes on, as far as there is room.
    fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.reason.text().chars().count());
        let text: String = text.replace(['\n', '\r'], " ").chars().take(room).collect();
        self.reason.insert(&text);
    }
}

impl Wants {
    fn order(self, reason: String) -> Order {
        match self {
            Self::Kill(run) => Order::Kill { run, reason },
            Self::Drain(worker) => Order::DrainWorker { worker, reason },
            Self::PauseQueue(queue) => Order::PauseQueue { queue, reason },
        }
    }
}

impl App {
    /// Writes into the reason that is asked for; false when none is.
    pub(in crate::app) fn paste_reason(&mut self, text: &str) -> bool {
        let ask = self.board.as_mut().and_then(|board| board.ask.as_mut());
        ask.map(|ask| ask.insert(text)).is_some()
    }

    pub(super) fn ask_key(&mut self, key: KeyEvent) -> Vec<Command> {
        let Some(board) = &mut self.board else {
            return Vec::new();
        };
        let Some(mut ask) = board.ask.take() else {
            return Vec::new();
        };
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter if !ask.reason.text().trim().is_empty() => {
                let reason = ask.reason.text().trim().to_owned();
                return self.order(ask.wants.order(reason));
            }
            KeyCode::Backspace => ask.reason.backspace(),
            KeyCode::Delete => ask.reason.delete(),
            KeyCode::Left => ask.reason.left(),
            KeyCode::Right => ask.reason.right(),
            KeyCode::Home => ask.reason.home(),
            KeyCode::End => ask.reason.end(),
            KeyCode::Char(c) if is_typed(key) => ask.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        let unsaid = key.code == KeyCode::Enter;
        board.ask = Some(ask);
        if unsaid {
            self.complain("a reason is needed; Esc leaves it as it is");
        }
        Vec::new()
    }
}

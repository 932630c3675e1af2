//! A command that wants a reason, or to be meant: it is given once the reason is written, or with one more key.

use crossterm::event::{KeyCode, KeyEvent};
use mosaic_domain::{InstanceId, RunId, SessionId, TokenId, UserId};

use super::App;
use crate::app::keys::is_typed;
use crate::composer::Composer;
use crate::event::Command;
use crate::operate::Order;

/// The gateway takes no longer reason.
const LONGEST: usize = 500;

/// What is asked before a command is given.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The question.
    pub(crate) question: String,
    /// What Enter does.
    pub(crate) does: &'static str,
    /// The reason, where one is wanted.
    pub(crate) reason: Option<Composer>,
    wants: Wants,
}

/// What is done once it is clear that it is wanted, and why.
#[derive(Debug)]
pub(super) enum Wants {
    Kill(RunId),
    Drain(InstanceId),
    PauseQueue(String),
    EndSession(SessionId),
    EndSessions,
    RevokeToken(TokenId),
    SetRole(UserId, &'static str),
    RemoveMember(UserId),
}

impl Ask {
    pub(super) fn new(question: String, does: &'static str, wants: Wants) -> Self {
        let reason = wants.are_explained().then(Composer::default);
        Self {
            question,
            does,
            reason,
            wants,
        }
    }

    /// Writes on, as far as there is room.
    fn insert(&mut self, text: &str) {
        let Some(reason) = &mut self.reason else {
            return;
        };
        let room = LONGEST.saturating_sub(reason.text().chars().count());
        let text: String = text.replace(['\n', '\r'], " ").chars().take(room).collect();
        reason.insert(&text);
    }
}

impl Wants {
    /// Whether others are to know why.
    fn are_explained(&self) -> bool {
        matches!(self, Self::Kill(_) | Self::Drain(_) | Self::PauseQueue(_))
    }

    fn order(self, reason: String) -> Order {
        match self {
            Self::Kill(run) => Order::Kill { run, reason },
            Self::Drain(worker) => Order::DrainWorker { worker, reason },
            Self::PauseQueue(queue) => Order::PauseQueue { queue, reason },
            Self::EndSession(session) => Order::EndSession(session),
            Self::EndSessions => Order::EndSessions,
            Self::RevokeToken(token) => Order::RevokeToken(token),
            Self::SetRole(user, role) => Order::SetRole { user, role },
            Self::RemoveMember(user) => Order::RemoveMember(user),
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
        let Some(reason) = &mut ask.reason else {
            match key.code {
                KeyCode::Enter => return self.order(ask.wants.order(String::new())),
                KeyCode::Esc => {}
                // A key that was meant for something else decides nothing.
                _ => board.ask = Some(ask),
            }
            return Vec::new();
        };
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter if !reason.text().trim().is_empty() => {
                let reason = reason.text().trim().to_owned();
                return self.order(ask.wants.order(reason));
            }
            KeyCode::Backspace => reason.backspace(),
            KeyCode::Delete => reason.delete(),
            KeyCode::Left => reason.left(),
            KeyCode::Right => reason.right(),
            KeyCode::Home => reason.home(),
            KeyCode::End => reason.end(),
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

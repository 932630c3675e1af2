//! Keys while something is chosen: in help, in a menu, in the list of conversations.

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use super::keys::is_typed;
use crate::event::Command;
use crate::view;

/// Rows from the end of the list at which its next page is fetched.
const NEAR_END: usize = 5;

impl App {
    pub(super) fn help_key(&mut self, code: KeyCode) {
        let top = self.help.unwrap_or(0);
        self.help = match code {
            KeyCode::Up => Some(top.saturating_sub(1)),
            KeyCode::Down => Some(top + 1),
            KeyCode::PageUp => Some(top.saturating_sub(8)),
            KeyCode::PageDown | KeyCode::Char(' ') => Some(top + 8),
            _ => None,
        };
        self.help = self.help.map(|top| top.min(view::help_overflow(self)));
    }

    pub(super) fn menu_key(&mut self, key: KeyEvent) -> Vec<Command> {
        let Some(mut menu) = self.menu.take() else {
            return Vec::new();
        };
        let choices = self.choices(&menu);
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let choice = choices.into_iter().nth(menu.marked);
                return choice
                    .map(|choice| self.take_choice(choice.take))
                    .unwrap_or_default();
            }
            KeyCode::Up => menu.marked = menu.marked.saturating_sub(1),
            KeyCode::Down => menu.marked = (menu.marked + 1).min(choices.len().saturating_sub(1)),
            KeyCode::PageUp => menu.marked = menu.marked.saturating_sub(8),
            KeyCode::PageDown => {
                menu.marked = (menu.marked + 8).min(choices.len().saturating_sub(1));
            }
            KeyCode::Backspace => {
                menu.query.backspace();
                menu.marked = 0;
            }
            KeyCode::Char(c) if is_typed(key) => {
                menu.query.insert(c.encode_utf8(&mut [0; 4]));
                menu.marked = 0;
            }
            _ => {}
        }
        self.menu = Some(menu);
        Vec::new()
    }

    pub(super) fn list_key(&mut self, key: KeyEvent) -> Vec<Command> {
        let marked = self.list.marked.unwrap_or(0);
        let last = self.list.items.len();
        match key.code {
            // Whoever writes is done with choosing.
            KeyCode::Char(_) | KeyCode::Backspace => {
                (self.list.marked, self.list.over) = (None, false);
                return self.message_key(key);
            }
            KeyCode::Esc | KeyCode::Tab => {
                self.list.marked = None;
                self.list.over = false;
            }
            KeyCode::Up => self.list.marked = Some(marked.saturating_sub(1)),
            KeyCode::Down => self.list.marked = Some((marked + 1).min(last)),
            KeyCode::PageUp => self.list.marked = Some(marked.saturating_sub(10)),
            KeyCode::PageDown => self.list.marked = Some((marked + 10).min(last)),
            KeyCode::Home => self.list.marked = Some(0),
            KeyCode::End => self.list.marked = Some(last),
            KeyCode::Enter => return self.open_marked(marked),
            _ => {}
        }
        self.more_of_the_list()
    }

    pub(super) fn open_marked(&mut self, row: usize) -> Vec<Command> {
        let chosen = row.checked_sub(1);
        match chosen
            .and_then(|at| self.list.items.get(at))
            .map(|one| one.id)
        {
            Some(id) => vec![self.open(id)],
            None => self.new_conversation(),
        }
    }

    /// Fetches the next page of the list where its end is near.
    pub(super) fn more_of_the_list(&mut self) -> Vec<Command> {
        let near = self
            .list
            .marked
            .is_some_and(|row| row + NEAR_END >= self.list.items.len());
        match &self.list.cursor {
            Some(cursor) if near && !self.list.fetching => {
                self.list.fetching = true;
                let cursor = Some(cursor.clone());
                vec![Command::List { cursor }]
            }
            _ => Vec::new(),
        }
    }
}

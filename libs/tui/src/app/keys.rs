//! Keys. Whatever lies on top gets them first: help, a menu, the list of conversations, completions, the message.

use chrono::TimeDelta;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::menu::Kind;
use super::{Activity, App, Completion, Menu, Scroll};
use crate::event::Command;
use crate::view;

/// A second Ctrl-C within this time leaves.
const TWICE: TimeDelta = TimeDelta::seconds(3);

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Command> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        if let Some(commands) = self.global_key(key) {
            return commands;
        }
        if self.help.is_some() {
            self.help_key(key.code);
            Vec::new()
        } else if self.menu.is_some() {
            self.menu_key(key)
        } else if self.board.is_some() {
            self.board_key(key)
        } else if self.list.marked.is_some() {
            self.list_key(key)
        } else {
            self.message_key(key)
        }
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Command> {
        match &mut self.menu {
            Some(menu) => menu.query.insert(&text.replace('\n', " ")),
            None if self.board.is_some() => {
                self.paste_reason(text);
            }
            None => self.composer.insert(text),
        }
        Vec::new()
    }

    /// Keys that mean the same everywhere.
    fn global_key(&mut self, key: KeyEvent) -> Option<Vec<Command>> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let commands = match key.code {
            KeyCode::Char('c') if control => self.interrupt(),
            KeyCode::Char('l') if control => {
                self.board = None;
                self.toggle_list();
                Vec::new()
            }
            KeyCode::Char('n') if control => {
                (self.menu, self.help, self.board) = (None, None, None);
                self.new_conversation()
            }
            KeyCode::Char('k') if control => {
                self.help = None;
                self.menu = match self.menu.take() {
                    Some(_) => None,
                    None => Some(Menu::new(Kind::Everything)),
                };
                Vec::new()
            }
            KeyCode::Char('t') if control => {
                self.thinking = !self.thinking;
                Vec::new()
            }
            KeyCode::Char('o') if control => {
                self.tools = !self.tools;
                Vec::new()
            }
            KeyCode::F(1) => {
                self.help = if self.help.is_some() { None } else { Some(0) };
                Vec::new()
            }
            _ => return None,
        };
        Some(commands)
    }

    /// Closes a board; stops the run; clears what is written; leaves when pressed again.
    fn interrupt(&mut self) -> Vec<Command> {
        let again = self.leaving.is_some_and(|at| self.now - at < TWICE);
        if again {
            return vec![Command::Quit];
        }
        if self.board.take().is_some() {
            return Vec::new();
        }
        self.leaving = Some(self.now);
        if self.is_at_work() {
            let commands = self.stop();
            self.say("stopping; Ctrl+C again to leave");
            return commands;
        }
        if self.composer.is_empty() {
            self.say("Ctrl+C again to leave");
        } else {
            self.composer.clear();
            self.leaving = None;
        }
        Vec::new()
    }

    fn toggle_list(&mut self) {
        if self.size.0 >= super::WIDE {
            self.list.hidden = !self.list.hidden;
            self.list.marked = None;
        } else {
            self.list.over = !self.list.over;
            self.list.marked = self.list.over.then(|| self.open_row());
        }
    }

    /// The row of the open conversation in the list.
    fn open_row(&self) -> usize {
        let open = self.open.as_ref().map(|open| open.id);
        let at = self.list.items.iter().position(|one| Some(one.id) == open);
        at.map_or(0, |at| at + 1)
    }

    pub(super) fn message_key(&mut self, key: KeyEvent) -> Vec<Command> {
        if let Some(commands) = self.completion_key(key) {
            return commands;
        }
        let (alt, control) = (
            key.modifiers.contains(KeyModifiers::ALT),
            key.modifiers.contains(KeyModifiers::CONTROL),
        );
        let page = view::messages_height(self).saturating_sub(2).max(1);
        match key.code {
            KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => {
                self.composer.insert("\n");
            }
            KeyCode::Char('j') if control => self.composer.insert("\n"),
            KeyCode::Enter => return self.submit(),
            KeyCode::Char('d') if control && self.composer.is_empty() => {
                return vec![Command::Quit];
            }
            KeyCode::Esc => return self.back(),
            KeyCode::Tab if self.list_is_beside() => self.list.marked = Some(self.open_row()),
            KeyCode::Up if alt => return self.neighbour(false),
            KeyCode::Down if alt => return self.neighbour(true),
            KeyCode::PageUp => self.scroll_up(page),
            KeyCode::PageDown => self.scroll_down(page),
            KeyCode::Up if control => self.scroll_up(1),
            KeyCode::Down if control => self.scroll_down(1),
            KeyCode::End if control || self.composer.is_empty() => self.scroll_to_bottom(),
            _ => self.edit(key, alt, control),
        }
        Vec::new()
    }

    /// Closes, follows again, or stops, whatever comes first.
    fn back(&mut self) -> Vec<Command> {
        if self.scroll != Scroll::Bottom {
            self.scroll_to_bottom();
        } else if self.is_at_work() {
            return self.stop();
        } else if self.activity() == Activity::Paused {
            self.say("it is paused: /resume has it go on, /stop ends it");
        } else {
            self.notice = None;
        }
        Vec::new()
    }

    fn completion_key(&mut self, key: KeyEvent) -> Option<Vec<Command>> {
        let offers = self.offers();
        if offers.is_empty() || key.modifiers.contains(KeyModifiers::ALT) {
            return None;
        }
        let marked = self.completion.marked.min(offers.len() - 1);
        match key.code {
            KeyCode::Up => {
                self.completion.marked = marked.checked_sub(1).unwrap_or(offers.len() - 1);
            }
            KeyCode::Down => self.completion.marked = (marked + 1) % offers.len(),
            KeyCode::Esc => self.completion.dismissed = true,
            KeyCode::Tab => self.composer.set(offers[marked].text.clone()),
            KeyCode::Enter => {
                let offer = &offers[marked];
                let typed = self.composer.text().trim_end().len();
                self.composer.set(offer.text.clone());
                // A command that may stand alone and was written out is obeyed as it is.
                if offer.whole || offer.text.trim_end().len() == typed {
                    return Some(self.submit());
                }
                self.completion = Completion::default();
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn edit(&mut self, key: KeyEvent, alt: bool, control: bool) {
        let columns = view::composer_columns(self);
        let composer = &mut self.composer;
        match key.code {
            KeyCode::Left if control || alt => composer.word_left(),
            KeyCode::Right if control || alt => composer.word_right(),
            KeyCode::Char('b') if alt => composer.word_left(),
            KeyCode::Char('f') if alt => composer.word_right(),
            KeyCode::Left => composer.left(),
            KeyCode::Right => composer.right(),
            KeyCode::Up => composer.up(columns),
            KeyCode::Down => composer.down(columns),
            KeyCode::Home => composer.home(),
            KeyCode::End => composer.end(),
            KeyCode::Char('a') if control => composer.home(),
            KeyCode::Char('e') if control => composer.end(),
            KeyCode::Char('u') if control => composer.delete_to_start(),
            KeyCode::Char('w') if control => composer.delete_word(),
            KeyCode::Backspace if alt || control => composer.delete_word(),
            KeyCode::Backspace => composer.backspace(),
            KeyCode::Delete => composer.delete(),
            KeyCode::Char('d') if control => composer.delete(),
            KeyCode::Char(c) if is_typed(key) => composer.insert(c.encode_utf8(&mut [0; 4])),
            _ => return,
        }
        self.completion = Completion::default();
    }
}

/// Whether the key is a character to be written. (`AltGr` reaches us as Ctrl+Alt on some systems.)
pub(super) fn is_typed(key: KeyEvent) -> bool {
    let held = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SUPER);
    held.is_empty() || held == KeyModifiers::CONTROL | KeyModifiers::ALT
}

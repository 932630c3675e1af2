//! The mouse: the wheel scrolls what it is over, a click opens a conversation or follows again.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::App;
use crate::event::Command;
use crate::view::{self, Regions};

/// Lines that the wheel moves at once.
const WHEEL: usize = 3;

impl App {
    pub(super) fn moused(&mut self, mouse: MouseEvent) -> Vec<Command> {
        let at = Position::new(mouse.column, mouse.row);
        let regions = view::regions(self);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(&regions, at, true),
            MouseEventKind::ScrollDown => self.wheel(&regions, at, false),
            MouseEventKind::Down(MouseButton::Left) => self.click(&regions, at),
            _ => Vec::new(),
        }
    }

    fn wheel(&mut self, regions: &Regions, at: Position, up: bool) -> Vec<Command> {
        if let Some(top) = self.help {
            let step = if up { top.saturating_sub(1) } else { top + 1 };
            self.help = Some(step.min(view::help_overflow(self)));
        } else if let Some(menu) = &self.menu {
            let last = self.choices(menu).len().saturating_sub(1);
            if let Some(menu) = &mut self.menu {
                let step = if up {
                    menu.marked.saturating_sub(1)
                } else {
                    menu.marked + 1
                };
                menu.marked = step.min(last);
            }
        } else if let Some(board) = &self.board {
            let marked = board.marked;
            self.mark(if up {
                marked.saturating_sub(1)
            } else {
                marked + 1
            });
        } else if regions.list.is_some_and(|list| list.contains(at)) {
            let marked = self.list.marked.unwrap_or(0);
            let step = if up {
                marked.saturating_sub(1)
            } else {
                marked + 1
            };
            self.list.marked = Some(step.min(self.list.items.len()));
            return self.more_of_the_list();
        } else if up {
            self.scroll_up(WHEEL);
        } else {
            self.scroll_down(WHEEL);
        }
        Vec::new()
    }

    fn click(&mut self, regions: &Regions, at: Position) -> Vec<Command> {
        if self.help.take().is_some() || self.menu.take().is_some() {
            return Vec::new();
        }
        if self.board.is_some() {
            if let Some(row) = view::board_row(self, at) {
                self.mark(row);
            }
            return Vec::new();
        }
        match regions.list {
            Some(list) if list.contains(at) => {
                let row = view::list_row(self, list, at.y);
                return row.map(|row| self.open_marked(row)).unwrap_or_default();
            }
            Some(_) if self.list_is_over() => {
                self.list.over = false;
                self.list.marked = None;
            }
            _ => self.list.marked = None,
        }
        if regions.marker.contains(at) {
            self.scroll_to_bottom();
        }
        Vec::new()
    }
}

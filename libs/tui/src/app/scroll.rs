//! Where in the conversation the window is. Only entries that are seen are measured, however many there are.

use mosaic_domain::RunId;

use super::App;
use crate::event::Command;
use crate::timeline::Key;
use crate::view;

/// The first line that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// Whatever makes the last line the lowest.
    Bottom,
    /// This line of this entry, whatever comes below or above.
    At(Key, usize),
}

/// Runs whose logs are fetched for one screen at the most.
const PAST: usize = 12;
/// Entries from the top at which older ones are fetched.
const EARLY: usize = 4;

impl App {
    /// Index of the entry at the top and the line of it; the index may be that of a pending message.
    pub(crate) fn top(&self) -> (usize, usize) {
        let height = view::messages_height(self);
        match self.scroll {
            Scroll::Bottom => self.above_end(height),
            Scroll::At(key, line) => match self.timeline.position(key) {
                Some(index) => (index, line.min(self.height(index).saturating_sub(1))),
                None => self.above_end(height),
            },
        }
    }

    fn items(&self) -> usize {
        self.timeline.len() + self.timeline.pending().len()
    }

    fn height(&self, index: usize) -> usize {
        view::item_lines(self, index).len()
    }

    /// The place that has so many lines below it.
    fn above_end(&self, mut lines: usize) -> (usize, usize) {
        let mut index = self.items();
        while index > 0 {
            index -= 1;
            let height = self.height(index);
            if height >= lines {
                return (index, height - lines);
            }
            lines -= height;
        }
        (0, 0)
    }

    pub(crate) fn scroll_up(&mut self, lines: usize) {
        let (mut index, mut line) = self.top();
        let mut left = lines;
        while left > 0 {
            if line >= left {
                line -= left;
                left = 0;
            } else if index > 0 {
                left -= line + 1;
                index -= 1;
                line = self.height(index).saturating_sub(1);
            } else {
                line = 0;
                left = 0;
            }
        }
        self.scroll_to(index, line);
    }

    pub(crate) fn scroll_down(&mut self, lines: usize) {
        let (mut index, mut line) = self.top();
        line += lines;
        while index < self.items() && line >= self.height(index) {
            line -= self.height(index);
            index += 1;
        }
        self.scroll_to(index, line);
    }

    pub(crate) fn scroll_to_bottom(&mut self) {
        self.scroll = Scroll::Bottom;
        self.unseen = false;
    }

    fn scroll_to(&mut self, index: usize, line: usize) {
        let end = self.above_end(view::messages_height(self));
        match self.timeline.entry(index) {
            Some(entry) if (index, line) < end => self.scroll = Scroll::At(entry.key, line),
            _ => self.scroll_to_bottom(),
        }
    }

    /// What the window shows and is not here yet.
    pub(super) fn want(&mut self) -> Vec<Command> {
        let (first, _) = self.top();
        let Some(open) = &mut self.open else {
            return Vec::new();
        };
        let (id, watch) = (open.id, open.watch);
        let mut commands = Vec::new();
        if first < EARLY
            && !open.older
            && let Some(before) = self.timeline.oldest()
        {
            open.older = true;
            commands.push(Command::Older { id, watch, before });
        }
        let last = (first + PAST).min(self.timeline.len());
        let past = |run_id: RunId| Command::Past { run_id, watch };
        commands.extend(self.timeline.ask_past(first..last).into_iter().map(past));
        commands
    }
}

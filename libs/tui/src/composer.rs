//! Where a message is written: text with a cursor, broken into rows as it is shown, and what was sent before.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use crate::text::{printable, width};
use crate::wrap::{break_lines, cells};

/// Messages that come back with the arrow keys.
const REMEMBERED: usize = 200;
/// A longer paste is no message.
const LONGEST: usize = 200_000;

/// The message being written.
#[derive(Debug, Default)]
pub(crate) struct Composer {
    text: String,
    /// A byte position between two characters.
    cursor: usize,
    history: Vec<String>,
    /// Which of the sent messages is shown, and what had been written before.
    browsing: Option<(usize, String)>,
}

impl Composer {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn set(&mut self, text: impl Into<String>) {
        self.text = printable(&text.into());
        self.cursor = self.text.len();
    }

    pub(crate) fn clear(&mut self) {
        self.set("");
        self.browsing = None;
    }

    /// Takes what was written out, to be sent or obeyed, and remembers it.
    pub(crate) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.clear();
        if !text.trim().is_empty() && self.history.last() != Some(&text) {
            self.history.push(text.clone());
            if self.history.len() > REMEMBERED {
                self.history.remove(0);
            }
        }
        text
    }

    pub(crate) fn insert(&mut self, text: &str) {
        let text = printable(&text.replace("\r\n", "\n").replace('\r', "\n"));
        if self.text.len() + text.len() <= LONGEST {
            self.text.insert_str(self.cursor, &text);
            self.cursor += text.len();
        }
    }

    pub(crate) fn backspace(&mut self) {
        let end = self.cursor;
        self.left();
        self.text.replace_range(self.cursor..end, "");
    }

    pub(crate) fn delete(&mut self) {
        let end = self.after(self.cursor);
        self.text.replace_range(self.cursor..end, "");
    }

    pub(crate) fn left(&mut self) {
        let mut at = GraphemeCursor::new(self.cursor, self.text.len(), true);
        self.cursor = at.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0);
    }

    pub(crate) fn right(&mut self) {
        self.cursor = self.after(self.cursor);
    }

    fn after(&self, from: usize) -> usize {
        let mut at = GraphemeCursor::new(from, self.text.len(), true);
        let next = at.next_boundary(&self.text, 0).ok().flatten();
        next.unwrap_or(self.text.len())
    }

    pub(crate) fn word_left(&mut self) {
        let mut before = self.text[..self.cursor].unicode_word_indices();
        self.cursor = before.next_back().map_or(0, |(at, _)| at);
    }

    pub(crate) fn word_right(&mut self) {
        let after = &self.text[self.cursor..];
        let word = after.unicode_word_indices().next();
        self.cursor += word.map_or(after.len(), |(at, word)| at + word.len());
    }

    /// The beginning of the line.
    pub(crate) fn home(&mut self) {
        self.cursor = self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1);
    }

    /// The end of the line.
    pub(crate) fn end(&mut self) {
        let rest = &self.text[self.cursor..];
        self.cursor += rest.find('\n').unwrap_or(rest.len());
    }

    pub(crate) fn delete_word(&mut self) {
        let end = self.cursor;
        self.word_left();
        self.text.replace_range(self.cursor..end, "");
    }

    pub(crate) fn delete_to_start(&mut self) {
        let end = self.cursor;
        self.home();
        self.text.replace_range(self.cursor..end, "");
    }

    /// Up a row; in the first one, to the message sent before.
    pub(crate) fn up(&mut self, columns: usize) {
        let (row, column) = self.position(columns);
        if row > 0 {
            self.move_to(row - 1, column, columns);
        } else {
            self.browse_back();
        }
    }

    /// Down a row; in the last one, to the message sent after.
    pub(crate) fn down(&mut self, columns: usize) {
        let (row, column) = self.position(columns);
        if row + 1 < self.rows(columns).len() {
            self.move_to(row + 1, column, columns);
        } else {
            self.browse_on();
        }
    }

    fn browse_back(&mut self) {
        let (at, draft) = match self.browsing.take() {
            None => (self.history.len(), self.text.clone()),
            Some(browsing) => browsing,
        };
        let at = at.saturating_sub(1);
        if let Some(text) = self.history.get(at).cloned() {
            self.set(text);
            self.browsing = Some((at, draft));
        }
    }

    fn browse_on(&mut self) {
        let Some((at, draft)) = self.browsing.take() else {
            return;
        };
        match self.history.get(at + 1).cloned() {
            Some(text) => {
                self.set(text);
                self.browsing = Some((at + 1, draft));
            }
            None => self.set(draft),
        }
    }

    /// The rows of the text as byte ranges. One column is kept free for the cursor.
    pub(crate) fn rows(&self, columns: usize) -> Vec<Range<usize>> {
        let mut rows = Vec::new();
        let mut offset = 0;
        for line in self.text.split('\n') {
            let cells: Vec<_> = cells(line).collect();
            let mut start = offset;
            for range in break_lines(&cells, columns.saturating_sub(1)) {
                let length: usize = cells[range].iter().map(|cell| cell.text.len()).sum();
                rows.push(start..start + length);
                start += length;
            }
            offset += line.len() + 1;
        }
        rows
    }

    /// Row and column of the cursor.
    pub(crate) fn position(&self, columns: usize) -> (usize, usize) {
        let rows = self.rows(columns);
        let row = rows.iter().rposition(|row| row.start <= self.cursor);
        let row = row.unwrap_or(0);
        let before = &self.text[rows[row].start..self.cursor];
        (row, width(before).min(columns.saturating_sub(1)))
    }

    fn move_to(&mut self, row: usize, column: usize, columns: usize) {
        let rows = self.rows(columns);
        let Some(range) = rows.get(row).cloned() else {
            return;
        };
        let last = rows
            .get(row + 1)
            .is_some_and(|next| next.start == range.end);
        let mut used = 0;
        self.cursor = range.start;
        for grapheme in self.text[range.clone()].graphemes(true) {
            used += width(grapheme);
            // Behind the last character of a wrapped row begins the next one.
            if used > column || last && self.cursor + grapheme.len() == range.end {
                break;
            }
            self.cursor += grapheme.len();
        }
    }
}

#[cfg(test)]
mod tests;

//! Cutting Markdown into messages that a channel takes.
//!
//! Pieces end between paragraphs where that wastes at most half of a message, else between lines, else between words. A
//! code block that does not fit is closed at the end of a piece and opened again, with its language, at the beginning of
//! the next; apart from that the pieces put together are the text. Where a piece ends depends only on what comes before
//! its end: while a text grows, all pieces but the last stay as they are.

pub(crate) mod fence;

use fence::{Fence, Line};

/// The length of a text as Telegram counts it: in UTF-16 units.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Cuts Markdown into pieces of at most `max` UTF-16 units, none of them blank. `max` is at least 64.
#[must_use]
pub fn chunk(markdown: &str, max: usize) -> Vec<String> {
    let mut cutter = Cutter::new(max.max(64));
    for line in markdown.split_inclusive('\n') {
        cutter.line(line);
    }
    cutter.finish()
}

struct Cutter {
    max: usize,
    pieces: Vec<String>,
    /// The piece being filled, and its length.
    text: String,
    length: usize,
    /// How much of it only opens the code block again.
    header: usize,
    /// The code block that is open at its end.
    fence: Option<Fence>,
    /// The last place between paragraphs, in bytes and units.
    paragraph: Option<(usize, usize)>,
}

impl Cutter {
    fn new(max: usize) -> Self {
        Self {
            max,
            pieces: Vec::new(),
            text: String::new(),
            length: 0,
            header: 0,
            fence: None,
            paragraph: None,
        }
    }

    fn line(&mut self, line: &str) {
        let kind = fence::classify(line, self.fence.as_ref());
        let after = match &kind {
            Line::Opens(fence) => Some(fence.clone()),
            Line::Closes => None,
            Line::Other => self.fence.clone(),
        };
        let length = units(line);
        if !self.fits(length, after.as_ref()) {
            self.cut();
        }
        if self.fits(length, after.as_ref()) {
            self.push(line, length);
        } else {
            self.long_line(line);
        }
        self.fence = after;
        if self.fence.is_none() && line.trim().is_empty() {
            self.paragraph = Some((self.text.len(), self.length));
        }
    }

    /// Whether so much more fits, with what closes the code block that is then open.
    fn fits(&self, more: usize, open: Option<&Fence>) -> bool {
        self.length + more + open.map_or(0, Fence::closing_units) <= self.max
    }

    fn push(&mut self, text: &str, length: usize) {
        self.text.push_str(text);
        self.length += length;
    }

    /// Ends the piece at the best place that it has.
    fn cut(&mut self) {
        if self.text.len() <= self.header {
            return;
        }
        match self.paragraph.take() {
            Some((at, length)) if length * 2 >= self.max && at < self.text.len() => {
                let rest = self.text.split_off(at);
                let piece = std::mem::replace(&mut self.text, rest);
                self.length -= length;
                self.header = 0;
                self.keep(piece);
            }
            _ => self.end_piece(),
        }
    }

    /// Ends the piece where it is, closing and reopening the code block that is open.
    fn end_piece(&mut self) {
        let mut piece = std::mem::take(&mut self.text);
        let open = self.fence.clone();
        if let Some(fence) = &open {
            if !piece.ends_with('\n') {
                piece.push('\n');
            }
            piece.push_str(&fence.closing());
        }
        self.keep(piece);
        self.text = open.as_ref().map(Fence::reopening).unwrap_or_default();
        self.header = self.text.len();
        self.length = units(&self.text);
        self.paragraph = None;
    }

    fn keep(&mut self, piece: String) {
        if !piece.trim().is_empty() {
            self.pieces.push(piece);
        }
    }

    /// A line that does not fit into a piece of its own.
    fn long_line(&mut self, mut line: &str) {
        loop {
            let reserve = self.fence.as_ref().map_or(0, Fence::closing_units);
            let room = self.max.saturating_sub(self.length + reserve);
            if units(line) <= room {
                let length = units(line);
                self.push(line, length);
                return;
            }
            let (head, rest) = line.split_at(place_to_cut(line, room));
            self.push(head, units(head));
            self.end_piece();
            line = rest;
        }
    }

    fn finish(mut self) -> Vec<String> {
        if self.text.len() > self.header {
            let last = std::mem::take(&mut self.text);
            self.keep(last);
        }
        self.pieces
    }
}

/// Where to cut a line so that at most `room` units come before: behind a space in the second half if there is one.
fn place_to_cut(line: &str, room: usize) -> usize {
    let (mut end, mut used) = (0, 0);
    let mut space = None;
    // What follows must not look like a fence, nor what precedes like a space alone.
    let mut sound = None;
    for (at, letter) in line.char_indices() {
        if used + letter.len_utf16() > room {
            break;
        }
        if at > 0 && used * 2 >= room && !matches!(letter, '`' | '~') {
            sound = Some(at);
        }
        used += letter.len_utf16();
        end = at + letter.len_utf8();
        if letter == ' ' && used * 2 >= room {
            space = Some(end);
        }
    }
    let next = |at: usize| line[at..].chars().next();
    let is_sound = |at: &usize| !matches!(next(*at), Some('`' | '~' | ' '));
    let first = line.chars().next().map_or(0, char::len_utf8);
    space
        .filter(is_sound)
        .or_else(|| Some(end).filter(is_sound))
        .or(sound)
        .unwrap_or(end)
        .max(first)
}

#[cfg(test)]
mod tests;

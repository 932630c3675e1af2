//! Breaking text into lines while it is still being written: what was printed cannot be taken back, so a word is held
//! until it is whole.

use super::{CLOSING, cells, chop_cells};
use crate::text::width;

/// Text on its way to a terminal.
#[derive(Debug, Default)]
pub struct Flow {
    /// Columns of the present line that are taken.
    column: usize,
    /// Spaces after them, printed only when something follows on the line.
    spaces: usize,
    /// A word that may go on.
    word: String,
}

impl Flow {
    /// What can be printed once `text` has come, in lines of at most `columns` columns.
    pub fn push(&mut self, text: &str, columns: usize) -> String {
        let columns = columns.max(1);
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '\n' => {
                    self.place_word(columns, &mut out);
                    out.push('\n');
                    (self.column, self.spaces) = (0, 0);
                }
                ' ' | '\t' => {
                    self.place_word(columns, &mut out);
                    self.spaces += if c == '\t' { 4 } else { 1 };
                }
                c => self.word.push(c),
            }
        }
        self.place_settled(columns, &mut out);
        out
    }

    /// What was held back, for when something else is to be printed.
    pub fn flush(&mut self, columns: usize) -> String {
        let mut out = String::new();
        self.place_word(columns.max(1), &mut out);
        out
    }

    /// Begins a line, after something else ended the present one.
    pub fn restart(&mut self) {
        (self.column, self.spaces) = (0, 0);
    }

    /// Whether the present line has something on it, or will have.
    #[must_use]
    pub fn is_mid_line(&self) -> bool {
        self.column > 0 || !self.word.is_empty()
    }

    fn place_word(&mut self, columns: usize, out: &mut String) {
        self.place_settled(columns, out);
        let word = std::mem::take(&mut self.word);
        self.place(&word, columns, out);
    }

    /// Scripts without spaces may break at almost any character: only the last ones are held.
    fn place_settled(&mut self, columns: usize, out: &mut String) {
        let word = std::mem::take(&mut self.word);
        let mut held = 0;
        let mut at = 0;
        let mut before_is_wide = false;
        for cell in cells(&word) {
            let wide = cell.width == 2;
            if at > held && (wide || before_is_wide) && !CLOSING.contains(cell.text) {
                self.place(&word[held..at], columns, out);
                held = at;
            }
            before_is_wide = wide;
            at += cell.text.len();
        }
        word[held..].clone_into(&mut self.word);
    }

    fn place(&mut self, piece: &str, columns: usize, out: &mut String) {
        if piece.is_empty() {
            return;
        }
        let wide = width(piece);
        if self.column > 0 && self.column + self.spaces + wide > columns {
            out.push('\n');
            self.restart();
        }
        let spaces = std::mem::take(&mut self.spaces);
        out.extend(std::iter::repeat_n(' ', spaces));
        self.column += spaces;
        let all: Vec<_> = cells(piece).collect();
        let lines = chop_cells(&all, columns);
        let last = lines.len() - 1;
        for (index, range) in lines.into_iter().enumerate() {
            let line = &all[range];
            out.extend(line.iter().map(|cell| cell.text));
            self.column += line.iter().map(|cell| cell.width).sum::<usize>();
            if index < last {
                out.push('\n');
                self.column = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(pieces: &[&str], columns: usize) -> String {
        let mut flow = Flow::default();
        let mut out: String = pieces
            .iter()
            .map(|piece| flow.push(piece, columns))
            .collect();
        out.push_str(&flow.flush(columns));
        out
    }

    #[test]
    fn words_stay_whole_although_they_come_in_pieces() {
        assert_eq!(
            flow(&["the qu", "ick bro", "wn fox"], 10),
            "the quick\nbrown fox"
        );
        assert_eq!(flow(&["a\n\n  b c\n"], 10), "a\n\n  b c\n");
        assert_eq!(flow(&["abcdefghijkl ", "mn"], 5), "abcde\nfghij\nkl mn");
    }

    #[test]
    fn scripts_without_spaces_flow_on() {
        let mut flow = Flow::default();
        assert_eq!(flow.push("日本語で", 6), "日本語");
        assert_eq!(flow.push("す。", 6), "\nで");
        assert_eq!(flow.flush(6), "す。");
    }

    #[test]
    fn something_between_begins_a_line() {
        let mut flow = Flow::default();
        assert_eq!(flow.push("one two", 8), "one");
        assert!(flow.is_mid_line());
        assert_eq!(flow.flush(8), " two");
        flow.restart();
        assert_eq!(flow.push("three ", 8), "three");
    }
}

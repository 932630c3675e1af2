//! What is set apart from text: code in its frame, tables, rules.

use pulldown_cmark::{Alignment, CodeBlockKind};
use ratatui::text::{Line, Span};

use super::blocks::Writer;
use super::table::Table;
use crate::text::flat;
use crate::wrap::chop;

/// Code as far as it came.
#[derive(Debug)]
pub(super) struct Code {
    language: String,
    pub(super) text: String,
}

impl Writer {
    pub(super) fn begin_code(&mut self, kind: CodeBlockKind<'_>) {
        self.block();
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.into_string(),
            CodeBlockKind::Indented => String::new(),
        };
        let text = String::new();
        self.code = Some(Code { language, text });
    }

    pub(super) fn begin_table(&mut self, alignments: Vec<Alignment>) {
        self.block();
        let rows = Vec::new();
        self.table = Some(Table { alignments, rows });
    }

    pub(super) fn begin_row(&mut self, is_head: bool) {
        if let Some(table) = &mut self.table {
            table.rows.push(Vec::new());
        }
        if is_head {
            self.inline.begin(self.theme.strong());
        }
    }

    pub(super) fn rule(&mut self) {
        self.block();
        let line = self.theme.signs.line.repeat(self.room().min(24));
        self.emit(Line::from(Span::styled(line, self.theme.border())));
        self.gap = true;
    }

    /// Open to the right, so that marking lines with the mouse gets code and not its frame.
    pub(super) fn end_code(&mut self) {
        let Some(Code { language, text }) = self.code.take() else {
            return;
        };
        let (signs, border) = (self.theme.signs, self.theme.border());
        let room = self.room();
        let name = flat(language.split([',', ' ']).next().unwrap_or_default());
        let name = if name.is_empty() {
            name
        } else {
            format!(" {name} ")
        };
        let length = room.saturating_sub(2 + name.chars().count()).min(38);
        let corner = format!("{}{}", signs.corners[0], signs.line);
        self.emit(Line::from(vec![
            Span::styled(corner, border),
            Span::styled(name, self.theme.dim()),
            Span::styled(signs.line.repeat(length), border),
        ]));
        let code = Span::styled(text.trim_end_matches('\n').to_owned(), self.theme.code());
        for line in chop(&[code], room.saturating_sub(2)) {
            let mut spans = vec![Span::styled(format!("{} ", signs.side), border)];
            spans.extend(line.spans);
            self.emit(Line::from(spans));
        }
        let foot = format!(
            "{}{}",
            signs.corners[2],
            signs.line.repeat(room.saturating_sub(1).min(3))
        );
        self.emit(Line::from(Span::styled(foot, border)));
        self.gap = true;
    }

    pub(super) fn end_table(&mut self) {
        let Some(table) = self.table.take() else {
            return;
        };
        for line in table.lines(self.room(), self.theme) {
            self.emit(line);
        }
        self.gap = true;
    }
}

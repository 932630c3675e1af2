//! The lines of an entry in the making: who speaks, and what they say a little further in.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::text::{fit, printable, width};
use crate::wrap::wrap;

/// What is said stands this far from what says who says it.
const INDENT: usize = 2;

/// Lines in the making.
pub(super) struct Page<'a> {
    pub(super) app: &'a App,
    pub(super) columns: usize,
    pub(super) lines: Vec<Line<'static>>,
}

impl Page<'_> {
    pub(super) fn new(app: &App, columns: usize) -> Page<'_> {
        Page {
            app,
            columns,
            lines: Vec::new(),
        }
    }

    /// Columns for what is said.
    pub(super) fn room(&self) -> usize {
        self.columns.saturating_sub(INDENT).max(1)
    }

    pub(super) fn push(&mut self, line: Line<'static>) {
        let mut spans = vec![Span::raw(" ".repeat(INDENT))];
        spans.extend(
            line.spans
                .into_iter()
                .map(|span| span.patch_style(line.style)),
        );
        self.lines.push(Line::from(spans));
    }

    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.spans.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    pub(super) fn head(&mut self, sign: &str, who: &str, style: Style, aside: &str) {
        self.gap();
        let who = format!("{sign} {who}");
        let room = self.columns.saturating_sub(width(&who) + 2);
        let aside = fit(aside, room, self.app.theme.signs.ellipsis);
        self.lines.push(Line::from(vec![
            Span::styled(who, style),
            Span::styled(format!("  {aside}"), self.app.theme.dim()),
        ]));
    }

    pub(super) fn you(&mut self, text: &str, aside: &str) {
        let theme = self.app.theme;
        self.head(theme.signs.you, "you", theme.you(), aside);
        for line in wrap(&[Span::raw(printable(text.trim_end()))], self.room()) {
            self.push(line);
        }
    }

    pub(super) fn assistant(&mut self, who: &str, aside: &str) {
        let theme = self.app.theme;
        self.head(theme.signs.assistant, who, theme.assistant(), aside);
    }

    pub(super) fn wrapped(&mut self, text: String, style: Style) {
        for line in wrap(&[Span::styled(text, style)], self.room()) {
            self.push(line);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Line<'static>> {
        self.gap();
        self.lines
    }
}

//! Blocks, and what stands before their lines: bullets, numbers, bars of quotes.

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::frames::Code;
use super::inline::Inline;
use super::table::Table;
use crate::text::flat;
use crate::theme::Theme;
use crate::wrap::wrap;

/// However deep a model nests, this many columns are left for text.
const ROOM: usize = 16;

/// Turns parser events into lines.
#[derive(Debug)]
pub(super) struct Writer {
    columns: usize,
    pub(super) theme: Theme,
    lines: Vec<Line<'static>>,
    pub(super) inline: Inline,
    /// What stands before each line, from the outside in.
    prefixes: Vec<Prefix>,
    /// The next number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    pub(super) table: Option<Table>,
    pub(super) code: Option<Code>,
    /// Whether the next block follows another one of its container.
    pub(super) gap: bool,
}

/// What stands before the lines of a container: once, and then.
#[derive(Debug)]
struct Prefix {
    first: Option<Span<'static>>,
    rest: Span<'static>,
}

impl Writer {
    pub(super) fn new(columns: usize, theme: Theme) -> Self {
        Self {
            columns,
            theme,
            lines: Vec::new(),
            inline: Inline::default(),
            prefixes: Vec::new(),
            lists: Vec::new(),
            table: None,
            code: None,
            gap: false,
        }
    }

    pub(super) fn finish(mut self) -> Vec<Line<'static>> {
        self.flush();
        self.end_code();
        self.end_table();
        self.lines
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.text.push_str(&text),
                None => self.inline.push(text.into_string()),
            },
            Event::Code(text) => {
                let style = self.theme.code();
                self.inline.push_styled(text.into_string(), style);
            }
            Event::Html(text) | Event::InlineHtml(text) => self.inline.push(text.into_string()),
            Event::SoftBreak | Event::HardBreak if self.table.is_some() => self.inline.push(" "),
            Event::SoftBreak | Event::HardBreak => self.inline.push("\n"),
            Event::Rule => self.rule(),
            Event::TaskListMarker(checked) => {
                let signs = self.theme.signs;
                let sign = if checked {
                    signs.checked
                } else {
                    signs.unchecked
                };
                self.inline.push(format!("{sign} "));
            }
            Event::FootnoteReference(name) => self.inline.push(format!("[{name}]")),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.inline.push(text.into_string());
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.block(),
            Tag::Heading { level, .. } => {
                self.block();
                let style = self.heading(level);
                self.inline.begin(style);
            }
            Tag::BlockQuote(_) => {
                self.block();
                let bar = Span::styled(format!("{} ", self.theme.signs.side), self.theme.border());
                self.open(Some(bar.clone()), bar);
                self.inline
                    .begin(self.theme.dim().add_modifier(Modifier::ITALIC));
            }
            Tag::CodeBlock(kind) => self.begin_code(kind),
            Tag::List(first) => self.begin_list(first),
            Tag::Item => self.item(),
            Tag::Table(alignments) => self.begin_table(alignments),
            Tag::TableHead => self.begin_row(true),
            Tag::TableRow => self.begin_row(false),
            other => self.start_inline(other),
        }
    }

    fn start_inline(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.inline.begin(Style::new().italic()),
            Tag::Strong => self.inline.begin(self.theme.strong()),
            Tag::Strikethrough => self.inline.begin(Style::new().crossed_out()),
            Tag::Link { dest_url, .. } => {
                self.inline.begin_link(flat(&dest_url), self.theme.link());
            }
            Tag::Image { dest_url, .. } => {
                self.inline.push("image: ");
                self.inline.begin_link(flat(&dest_url), self.theme.link());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.close(),
            TagEnd::Heading(_) => {
                self.inline.end();
                self.close();
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.inline.end();
                self.prefixes.pop();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap = true;
            }
            TagEnd::Item => {
                let unused = self.prefixes.last().is_some_and(|one| one.first.is_some());
                if unused || !self.inline.is_empty() {
                    self.emit_inline();
                }
                self.prefixes.pop();
            }
            TagEnd::Table => self.end_table(),
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::TableHead | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.inline.end();
            }
            TagEnd::Link | TagEnd::Image => self.inline.end_link(self.theme.dim()),
            _ => {}
        }
    }

    fn begin_list(&mut self, first: Option<u64>) {
        // A list within an item stays close to it.
        if self.lists.is_empty() {
            self.block();
        } else {
            self.flush();
            self.gap = false;
        }
        self.lists.push(first);
    }

    fn heading(&self, level: HeadingLevel) -> Style {
        let style = self.theme.heading();
        match level {
            HeadingLevel::H1 => style.underlined(),
            HeadingLevel::H2 | HeadingLevel::H3 => style,
            _ => self.theme.strong().add_modifier(Modifier::ITALIC),
        }
    }

    /// A block begins: text before it ends, and one empty line parts the two.
    pub(super) fn block(&mut self) {
        self.flush();
        if std::mem::take(&mut self.gap) {
            self.emit(Line::default());
        }
    }

    fn close(&mut self) {
        self.flush();
        self.gap = true;
    }

    fn item(&mut self) {
        self.flush();
        // Items of a loose list are blocks with gaps; the bullets of a tight one follow each other.
        if std::mem::take(&mut self.gap) && !self.lines.is_empty() {
            self.emit(Line::default());
        }
        let depth = self.lists.len().saturating_sub(1);
        let sign = match self.lists.last_mut() {
            Some(Some(number)) => {
                let sign = format!("{number}. ");
                *number += 1;
                sign
            }
            _ => format!("{} ", self.theme.signs.bullets[depth.min(2)]),
        };
        let rest = " ".repeat(sign.chars().count());
        let accent = self.theme.accent();
        self.open(Some(Span::styled(sign, accent)), Span::raw(rest));
    }

    fn open(&mut self, first: Option<Span<'static>>, rest: Span<'static>) {
        self.prefixes.push(Prefix { first, rest });
    }

    fn flush(&mut self) {
        if !self.inline.is_empty() {
            self.emit_inline();
        }
    }

    fn emit_inline(&mut self) {
        let spans = self.inline.take();
        for line in wrap(&spans, self.room()) {
            self.emit(line);
        }
    }

    pub(super) fn room(&self) -> usize {
        let before: usize = self.prefixes.iter().map(|prefix| prefix.rest.width()).sum();
        self.columns
            .saturating_sub(before)
            .max(ROOM.min(self.columns))
    }

    /// Adds a line behind what stands before it.
    pub(super) fn emit(&mut self, line: Line<'static>) {
        let empty = line.spans.is_empty();
        let mut spans: Vec<Span<'static>> = Vec::new();
        for prefix in &mut self.prefixes {
            let first = if empty { None } else { prefix.first.take() };
            spans.push(first.unwrap_or_else(|| prefix.rest.clone()));
        }
        spans.extend(
            line.spans
                .into_iter()
                .map(|span| span.patch_style(line.style)),
        );
        let blank = empty && spans.iter().all(|span| span.content.trim().is_empty());
        self.lines.push(if blank {
            Line::default()
        } else {
            Line::from(spans)
        });
    }
}

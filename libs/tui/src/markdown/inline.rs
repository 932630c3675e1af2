//! Text within a block: which styles hold, and the pieces so far.

use ratatui::style::Style;
use ratatui::text::Span;

/// The pieces of the present line of text.
#[derive(Debug, Default)]
pub(super) struct Inline {
    spans: Vec<Span<'static>>,
    styles: Vec<Style>,
    /// Addresses of the links that are open, and where their text began.
    links: Vec<(String, usize)>,
}

impl Inline {
    pub(super) fn style(&self) -> Style {
        let patch = |all: Style, one: &Style| all.patch(*one);
        self.styles.iter().fold(Style::new(), patch)
    }

    pub(super) fn begin(&mut self, style: Style) {
        self.styles.push(style);
    }

    pub(super) fn end(&mut self) {
        self.styles.pop();
    }

    pub(super) fn push(&mut self, text: impl Into<String>) {
        let style = self.style();
        self.spans.push(Span::styled(text.into(), style));
    }

    pub(super) fn push_styled(&mut self, text: impl Into<String>, style: Style) {
        let style = self.style().patch(style);
        self.spans.push(Span::styled(text.into(), style));
    }

    pub(super) fn begin_link(&mut self, address: String, style: Style) {
        self.links.push((address, self.spans.len()));
        self.begin(style);
    }

    /// Says where the link leads, unless its text says so already.
    pub(super) fn end_link(&mut self, aside: Style) {
        self.end();
        let Some((address, from)) = self.links.pop() else {
            return;
        };
        let text: String = self.spans[from.min(self.spans.len())..]
            .iter()
            .map(|span| span.content.as_ref())
            .collect();
        let bare = address.strip_prefix("mailto:").unwrap_or(&address);
        if text != bare && !address.is_empty() {
            self.push_styled(format!(" ({address})"), aside);
        }
    }

    pub(super) fn take(&mut self) -> Vec<Span<'static>> {
        std::mem::take(&mut self.spans)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

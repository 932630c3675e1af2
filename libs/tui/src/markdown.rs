//! Markdown as lines of a given width: headings, emphasis, lists, quotes, tables, and code in a frame of its own.
//!
//! Text of a model may end anywhere while it streams; what is not closed yet is shown as far as it is known. A line
//! break that the model wrote stays a line break. Addresses of links are always shown, so that no text can pretend to
//! lead elsewhere.

mod blocks;
mod frames;
mod inline;
mod table;

use pulldown_cmark::{Options, Parser};
use ratatui::text::Line;

use crate::text::printable;
use crate::theme::Theme;
use blocks::Writer;

/// Renders Markdown in lines of at most `columns` columns.
#[must_use]
pub fn render(text: &str, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let text = printable(text);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut writer = Writer::new(columns.max(4), theme);
    for event in Parser::new_ext(&text, options) {
        writer.event(event);
    }
    writer.finish()
}

#[cfg(test)]
mod tests;

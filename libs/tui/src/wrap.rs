//! Breaking text into lines of a given width, by words and by the columns that characters take.

mod flow;

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::width;
pub use flow::Flow;

/// What must not begin a line in scripts without spaces.
const CLOSING: &str = "、。，．！？：；）」』】》〉〕…";

/// One character as it is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) text: &'a str,
    pub(crate) width: usize,
}

/// The characters of a text without line breaks.
pub(crate) fn cells(text: &str) -> impl Iterator<Item = Cell<'_>> {
    text.graphemes(true).map(|text| Cell {
        text,
        width: width(text),
    })
}

/// Where lines of at most `columns` columns begin and end. Spaces at the end of a line belong to it and may stick out.
pub(crate) fn break_lines(cells: &[Cell<'_>], columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    // Where the line may end, and how wide it is until there.
    let mut chance: Option<(usize, usize)> = None;
    for (index, cell) in cells.iter().enumerate() {
        let space = cell.text == " ";
        let wide = cell.width == 2 || index > 0 && cells[index - 1].width == 2;
        if wide && index > start && !CLOSING.contains(cell.text) {
            chance = Some((index, used));
        }
        while !space && used + cell.width > columns && index > start {
            let (end, until) = chance.take().unwrap_or((index, used));
            lines.push(start..end);
            start = end;
            used -= until;
        }
        used += cell.width;
        if space || matches!(cell.text, "-" | "/") && used > 1 {
            chance = Some((index + 1, used));
        }
    }
    lines.push(start..cells.len());
    lines
}

/// Styled text in lines of at most `columns` columns; line breaks in it hold.
pub(crate) fn wrap(spans: &[Span<'_>], columns: usize) -> Vec<Line<'static>> {
    styled_lines(spans, |cells| break_lines(cells, columns))
}

/// The same for text whose spaces mean something: broken where the line is full.
pub(crate) fn chop(spans: &[Span<'_>], columns: usize) -> Vec<Line<'static>> {
    styled_lines(spans, |cells| chop_cells(cells, columns.max(1)))
}

/// Plain text in lines of at most `columns` columns.
#[must_use]
pub fn wrap_text(text: &str, columns: usize) -> Vec<String> {
    let lines = wrap(&[Span::raw(text)], columns).into_iter();
    lines.map(|line| line.to_string()).collect()
}

fn chop_cells(cells: &[Cell<'_>], columns: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, cell) in cells.iter().enumerate() {
        if used + cell.width > columns && index > start {
            lines.push(start..index);
            (start, used) = (index, 0);
        }
        used += cell.width;
    }
    lines.push(start..cells.len());
    lines
}

fn styled_lines(
    spans: &[Span<'_>],
    lines: impl Fn(&[Cell<'_>]) -> Vec<Range<usize>>,
) -> Vec<Line<'static>> {
    let spans: Vec<(String, Style)> = spans
        .iter()
        .map(|span| (span.content.replace('\t', "    "), span.style))
        .collect();
    let mut paragraphs: Vec<Vec<(&str, Style)>> = vec![Vec::new()];
    for (text, style) in &spans {
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                paragraphs.push(Vec::new());
            }
            if let Some(paragraph) = paragraphs.last_mut() {
                paragraph.push((part, *style));
            }
        }
    }
    let mut out = Vec::new();
    for paragraph in paragraphs {
        let all: Vec<(Cell<'_>, Style)> = paragraph
            .iter()
            .flat_map(|&(text, style)| cells(text).map(move |cell| (cell, style)))
            .collect();
        let plain: Vec<Cell<'_>> = all.iter().map(|(cell, _)| *cell).collect();
        out.extend(lines(&plain).into_iter().map(|range| join(&all[range])));
    }
    out
}

/// Cells as a line; neighbours of one style are one span. Spaces at the end are dropped.
fn join(cells: &[(Cell<'_>, Style)]) -> Line<'static> {
    let kept = cells.iter().rposition(|(cell, _)| cell.text != " ");
    let mut spans: Vec<Span<'static>> = Vec::new();
    for (cell, style) in &cells[..kept.map_or(0, |last| last + 1)] {
        match spans.last_mut() {
            Some(span) if span.style == *style => span.content.to_mut().push_str(cell.text),
            _ => spans.push(Span::styled(cell.text.to_owned(), *style)),
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(
            wrap_text("the quick brown fox", 10),
            ["the quick", "brown fox"]
        );
        assert_eq!(wrap_text("a\n\nb", 10), ["a", "", "b"]);
        assert_eq!(wrap_text("abcdefghijkl mn", 5), ["abcde", "fghij", "kl mn"]);
        assert_eq!(
            wrap_text("well-known/place", 10),
            ["well-", "known/", "place"]
        );
    }

    #[test]
    fn scripts_without_spaces_break_between_characters_and_not_before_a_stop() {
        assert_eq!(wrap_text("日本語です。はい", 10), ["日本語で", "す。はい"]);
        assert_eq!(wrap_text("a日b", 2), ["a", "日", "b"]);
        assert_eq!(wrap_text("🙂🙂🙂", 4), ["🙂🙂", "🙂"]);
    }

    #[test]
    fn styles_survive_the_break() {
        let bold = Style::new().bold();
        let lines = wrap(&[Span::raw("one "), Span::styled("two three", bold)], 7);
        assert_eq!(
            lines[0].spans,
            [Span::raw("one "), Span::styled("two", bold)]
        );
        assert_eq!(lines[1].spans, [Span::styled("three", bold)]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_but_spaces_is_lost(text in "[a-z \n日🙂é-]{0,80}", columns in 2usize..20) {
            let lines = wrap_text(&text, columns);
            for line in &lines {
                prop_assert!(width(line) <= columns, "{line:?} in {columns}");
            }
            let solid = |text: &str| text.replace([' ', '\n'], "");
            prop_assert_eq!(solid(&lines.concat()), solid(&text));
        }
    }
}

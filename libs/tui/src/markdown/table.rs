//! Tables: columns as wide as their content, narrower where the screen is, with text wrapped in its cell.

use pulldown_cmark::Alignment;
use ratatui::text::{Line, Span};

use crate::theme::Theme;
use crate::wrap::wrap;

type Cell = Vec<Span<'static>>;

/// A table as far as it came.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Columns between two cells: space, line, space.
const BETWEEN: usize = 3;
const NARROWEST: usize = 4;

impl Table {
    pub(super) fn lines(&self, columns: usize, theme: Theme) -> Vec<Line<'static>> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        if count == 0 {
            return Vec::new();
        }
        let widths = self.widths(count, columns);
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            lines.extend(self.row(row, &widths, theme));
            if index == 0 {
                lines.push(rule(&widths, theme));
            }
        }
        lines
    }

    /// Natural widths; the widest columns give way until it fits.
    fn widths(&self, count: usize, columns: usize) -> Vec<usize> {
        let natural = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(width_of).max().unwrap_or(0).max(1)
        };
        let mut widths: Vec<usize> = (0..count).map(natural).collect();
        let room = columns.saturating_sub(BETWEEN * (count - 1));
        while widths.iter().sum::<usize>() > room {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }

    fn row(&self, row: &[Cell], widths: &[usize], theme: Theme) -> Vec<Line<'static>> {
        let empty = Cell::new();
        let cells: Vec<Vec<Line<'static>>> = widths
            .iter()
            .enumerate()
            .map(|(index, width)| wrap(row.get(index).unwrap_or(&empty), *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        let line = |at: usize| {
            let mut spans = Vec::new();
            for (index, width) in widths.iter().enumerate() {
                if index > 0 {
                    spans.push(Span::styled(
                        format!(" {} ", theme.signs.side),
                        theme.border(),
                    ));
                }
                let content = cells[index].get(at).cloned().unwrap_or_default();
                let alignment = self.alignments.get(index).copied();
                spans.extend(aligned(
                    content,
                    *width,
                    alignment,
                    index + 1 == widths.len(),
                ));
            }
            Line::from(spans)
        };
        (0..height).map(line).collect()
    }
}

fn width_of(cell: &Cell) -> usize {
    cell.iter().map(Span::width).sum()
}

fn aligned(
    content: Line<'static>,
    width: usize,
    alignment: Option<Alignment>,
    last: bool,
) -> Vec<Span<'static>> {
    let room = width.saturating_sub(content.width());
    let before = match alignment {
        Some(Alignment::Right) => room,
        Some(Alignment::Center) => room / 2,
        _ => 0,
    };
    let after = if last { 0 } else { room - before };
    let mut spans = vec![Span::raw(" ".repeat(before))];
    spans.extend(content.spans);
    spans.push(Span::raw(" ".repeat(after)));
    spans.retain(|span| !span.content.is_empty());
    spans
}

fn rule(widths: &[usize], theme: Theme) -> Line<'static> {
    let line = theme.signs.line;
    let parts: Vec<String> = widths.iter().map(|width| line.repeat(*width)).collect();
    let between = format!("{line}{}{line}", theme.signs.cross);
    Line::styled(parts.join(&between), theme.border())
}

//! A table of cells in columns of fixed width, of which the last takes what is left.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::text::{fit, width};

/// Columns of the sign before a row.
const SIGN: usize = 2;

/// A column.
pub(super) struct Column {
    name: &'static str,
    width: usize,
    /// Numbers stand at its right edge.
    right: bool,
}

/// A cell, and how it looks.
pub(super) type Cell = (String, Style);

/// Cells in columns.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

pub(super) const fn text(name: &'static str, width: usize) -> Column {
    Column {
        name,
        width,
        right: false,
    }
}

pub(super) const fn number(name: &'static str, width: usize) -> Column {
    Column {
        name,
        width,
        right: true,
    }
}

impl Table {
    /// A table of this many columns of the screen.
    pub(super) fn new(mut columns: Vec<Column>, rows: Vec<Vec<Cell>>, room: usize) -> Self {
        let fixed: usize = columns.iter().map(|one| one.width + 1).sum();
        if let Some(last) = columns.last_mut() {
            last.width += room.saturating_sub(SIGN + fixed - 1);
        }
        Self { columns, rows }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn head(&self, ellipsis: &str) -> Line<'static> {
        let names = self.columns.iter();
        let names = names.map(|one| (one.name.to_owned(), Style::new()));
        self.line(names.collect(), " ", ellipsis)
    }

    pub(super) fn row(&self, at: usize, sign: &str, ellipsis: &str) -> Line<'static> {
        let cells = self.rows.get(at).cloned().unwrap_or_default();
        self.line(cells, sign, ellipsis)
    }

    fn line(&self, cells: Vec<Cell>, sign: &str, ellipsis: &str) -> Line<'static> {
        let mut spans = vec![Span::raw(format!("{sign} "))];
        for (column, (text, style)) in self.columns.iter().zip(cells) {
            let text = fit(&text, column.width, ellipsis);
            let space = " ".repeat(column.width.saturating_sub(width(&text)));
            let cell = if column.right {
                format!("{space}{text}")
            } else {
                format!("{text}{space}")
            };
            spans.push(Span::styled(cell, style));
            spans.push(Span::raw(" "));
        }
        spans.pop();
        Line::from(spans)
    }
}

//! What a benchmark tells: tables for people, JSON for comparisons. The only place that prints.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark's result is what it prints"
)]

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::measure::Spread;
use crate::system::target;

/// A result that can be shown.
pub(crate) trait Report: Serialize {
    /// What the figures belong to: date, version, machine, method.
    fn head(&self) -> Vec<String>;
    /// The figures.
    fn tables(&self) -> Vec<Table>;
    /// An error if the figures are worth nothing.
    fn verdict(&self) -> anyhow::Result<()>;
}

/// A table with one name and one cell per column in each row.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(crate) fn new(title: &str, columns: impl IntoIterator<Item = String>) -> Self {
        Self {
            title: title.to_owned(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push((name.to_owned(), cells.into_iter().collect()));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |text: &String| text.chars().count();
        let names = self
            .rows
            .iter()
            .map(|(name, _)| length(name))
            .max()
            .unwrap_or(0);
        let first = names.max(length(&self.title));
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
                cells
                    .chain(self.columns.get(column))
                    .map(length)
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let head = (&self.title, &self.columns);
        let rows = self.rows.iter().map(|(name, cells)| (name, cells));
        for (name, cells) in std::iter::once(head).chain(rows) {
            write!(f, "{name:first$}")?;
            for (cell, width) in cells.iter().zip(&widths) {
                write!(f, "  {cell:>width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A figure as `median (low–high)`, with as many digits as mean something.
pub(crate) fn spread(figure: Spread) -> String {
    let Spread { median, low, high } = figure;
    let digits = match high {
        high if high >= 100.0 => 0,
        high if high >= 10.0 => 1,
        high if high >= 1.0 => 2,
        _ => 3,
    };
    format!("{median:.digits$} ({low:.digits$}–{high:.digits$})")
}

/// Says what is being done.
pub(crate) fn note(what: impl fmt::Display) {
    eprintln!("bench: {what}");
}

/// Says why there is no result.
pub(crate) fn fail(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// Says something to the program that has started this one.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints the report, writes it down, and judges it.
pub(crate) fn finish(
    name: &str,
    output: Option<&Path>,
    report: &impl Report,
) -> anyhow::Result<()> {
    let path = match output {
        Some(path) => path.to_owned(),
        None => target()?.join("bench").join(format!("{name}.json")),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let json = serde_json::to_string_pretty(report)?;
    std::fs::write(&path, json + "\n").with_context(|| path.display().to_string())?;
    println!("{name}");
    for line in report.head() {
        println!("{line}");
    }
    for table in report.tables() {
        print!("\n{table}");
    }
    println!("\nWritten to {}", path.display());
    report.verdict()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_they_hold() {
        let mut table = Table::new("T", ["c=1".to_owned(), "c=100".to_owned()]);
        table.row("turns/s", ["1".to_owned(), "1 (1–1)".to_owned()]);
        assert_eq!(
            table.to_string(),
            "T        c=1    c=100\nturns/s    1  1 (1–1)\n"
        );
    }

    #[test]
    fn a_spread_shows_as_many_digits_as_mean_something() {
        let of = |median| Spread {
            median,
            low: median,
            high: median,
        };
        assert_eq!(spread(of(1_234.5)), "1234 (1234–1234)");
        assert_eq!(spread(of(1.234)), "1.23 (1.23–1.23)");
        assert_eq!(spread(of(0.1234)), "0.123 (0.123–0.123)");
    }
}

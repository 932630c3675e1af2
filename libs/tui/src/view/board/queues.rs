//! Queues as rows.

use mosaic_client::QueueStatus;
use ratatui::style::Style;

use super::table::{Cell, Table, number, text};
use crate::app::App;
use crate::text::{duration, flat};

pub(super) fn table(app: &App, queues: &[QueueStatus], room: usize) -> Table {
    let columns = vec![
        text("QUEUE", if room >= 110 { 30 } else { 16 }),
        text("STATE", 7),
        number("WAITING", 7),
        number("IN WORK", 7),
        number("LATER", 6),
        number("ORDERED", 7),
        number("DEAD", 6),
        number("OLDEST", 9),
        text("", 0),
    ];
    let rows = queues.iter().map(|queue| row(app, queue)).collect();
    Table::new(columns, rows, room)
}

fn row(app: &App, queue: &QueueStatus) -> Vec<Cell> {
    let theme = app.theme;
    let (state, style) = match queue.pause {
        Some(_) => ("paused", theme.warn()),
        None => ("open", theme.good()),
    };
    let count = |count: u64, style: Style| {
        let style = if count == 0 { theme.dim() } else { style };
        (count.to_string(), style)
    };
    let oldest = queue.oldest_age_ms.map_or_else(|| "-".to_owned(), duration);
    vec![
        (flat(&queue.name), Style::new()),
        (state.to_owned(), style),
        count(queue.waiting, theme.strong()),
        count(queue.pending, theme.accent()),
        count(queue.delayed, Style::new()),
        count(queue.ordered, Style::new()),
        count(queue.dead, theme.bad()),
        (oldest, theme.dim()),
        (String::new(), Style::new()),
    ]
}

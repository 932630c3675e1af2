//! Workers as rows.

use mosaic_client::Worker;
use ratatui::style::Style;

use super::table::{Cell, Table, number, text};
use crate::app::App;
use crate::text::{ago, flat, tail};

/// A worker that was not heard of for so long may be gone.
const SILENT: i64 = 30;

pub(super) fn table(app: &App, workers: &[Worker], room: usize) -> Table {
    let columns = vec![
        text("WORKER", 13),
        text("STATE", 10),
        number("RUNNING", 8),
        number("CAPACITY", 8),
        number("HEARTBEAT", 10),
        number("UP", 5),
        text("VERSION", 8),
    ];
    let rows = workers.iter().map(|worker| row(app, worker)).collect();
    Table::new(columns, rows, room)
}

fn row(app: &App, worker: &Worker) -> Vec<Cell> {
    let theme = app.theme;
    let silent = (app.now - worker.heartbeat_at).num_seconds().max(0);
    let (state, style) = match (worker.draining, silent) {
        (_, SILENT..) => ("silent", theme.bad()),
        (true, _) if worker.running == 0 => ("drained", theme.warn()),
        (true, _) => ("draining", theme.warn()),
        (false, _) => ("ready", theme.good()),
    };
    let heartbeat = if silent < 60 {
        format!("{silent}s ago")
    } else {
        format!("{} ago", ago(worker.heartbeat_at, app.now))
    };
    let capacity = worker
        .capacity
        .map_or_else(|| "?".to_owned(), |most| most.to_string());
    vec![
        (tail(worker.id), Style::new()),
        (state.to_owned(), style),
        (worker.running.to_string(), Style::new()),
        (capacity, Style::new()),
        (heartbeat, theme.dim()),
        (ago(worker.started_at, app.now), theme.dim()),
        (flat(&worker.version), theme.dim()),
    ]
}

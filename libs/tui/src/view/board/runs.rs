//! Runs as rows.

use mosaic_client::{Requested, RunEntry};
use mosaic_domain::RunState;
use ratatui::style::Style;

use super::table::{Cell, Table, number, text};
use crate::app::{App, Runs};
use crate::text::{ago, flat, tail};
use crate::theme::Theme;

/// From this width on names have more room.
const WIDE: usize = 110;

pub(super) fn table(app: &App, runs: &Runs, room: usize) -> Table {
    let names = if room >= WIDE { 22 } else { 12 };
    let columns = vec![
        text("STATE", 11),
        text("AGENT", names),
        number("AGE", 4),
        text("OWNER", names),
        text("CONVERSATION", 12),
    ];
    let mut rows: Vec<Vec<Cell>> = runs.items.iter().map(|run| row(app, run)).collect();
    if runs.more
        && let Some(last) = rows.last_mut()
        && let Some(cell) = last.last_mut()
    {
        cell.0.push_str("  (older: mosaic runs ls)");
    }
    Table::new(columns, rows, room)
}

fn row(app: &App, run: &RunEntry) -> Vec<Cell> {
    let theme = app.theme;
    let (state, style) = state(run, theme);
    let agent = run.agent.as_deref().map(flat).unwrap_or_default();
    vec![
        (state.to_owned(), style),
        (agent, theme.assistant()),
        (ago(run.created_at, app.now), theme.dim()),
        (flat(&run.owner.name), Style::new()),
        what(app, run),
    ]
}

/// The title of its conversation, where that is known here; else the end of the run's id.
fn what(app: &App, run: &RunEntry) -> Cell {
    let conversations = &mut app.list.items.iter();
    let listed = conversations.find(|one| one.id == run.conversation_id);
    let title = listed.and_then(|one| one.title.as_deref()).map(flat);
    match title.filter(|title| !title.is_empty()) {
        Some(title) => (title, Style::new()),
        None => (format!("run {}", tail(run.id)), app.theme.dim()),
    }
}

/// Where a run stands, in a word.
fn state(run: &RunEntry, theme: Theme) -> (&'static str, Style) {
    match (run.state, run.requested) {
        (RunState::Running, Some(Requested::Stop)) => ("stopping", theme.warn()),
        (RunState::Running, Some(Requested::Pause)) => ("pausing", theme.warn()),
        (state @ RunState::Running, _) => (state.as_str(), theme.accent()),
        (state @ (RunState::Queued | RunState::Paused), _) => (state.as_str(), theme.warn()),
        (state @ (RunState::Failed | RunState::Killed), _) => (state.as_str(), theme.bad()),
        (state, _) => (state.as_str(), theme.dim()),
    }
}

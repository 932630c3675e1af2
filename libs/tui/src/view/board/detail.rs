//! What there is to know about the marked row of a board, in up to three lines.

use mosaic_client::{QueueStatus, RunEntry, Worker};
use mosaic_domain::RunState;
use ratatui::style::Style;
use ratatui::text::Line;

use super::people;
use super::table::Cell;
use crate::app::{App, Board, Rows};
use crate::text::{ago, fit, flat, tail, tokens};

pub(super) fn lines(app: &App, board: &Board, columns: usize) -> Vec<Line<'static>> {
    let at = board.marked;
    let mut cells: Vec<Cell> = match &board.rows {
        Rows::Runs(runs) => runs.items.get(at).map(|run| of_run(app, run)),
        Rows::Workers(workers) => workers.get(at).map(|worker| of_worker(app, worker)),
        Rows::Queues(queues) => queues.get(at).map(|queue| of_queue(app, queue)),
        rows => people::detail(app, rows, at, columns),
    }
    .unwrap_or_default();
    // What is shown is not what there is now.
    if let Some(trouble) = &board.trouble {
        cells.truncate(2);
        let text = format!("not up to date: {}", trouble.reason);
        cells.push((text, app.theme.bad()));
    }
    let cut =
        |(text, style): Cell| Line::styled(fit(&text, columns, app.theme.signs.ellipsis), style);
    cells.into_iter().map(cut).collect()
}

pub(super) fn joined(app: &App, pieces: impl IntoIterator<Item = Option<String>>) -> String {
    let pieces: Vec<String> = pieces.into_iter().flatten().collect();
    pieces.join(&format!(" {} ", app.theme.signs.dot))
}

pub(super) fn since(app: &App, what: &str, time: chrono::DateTime<chrono::Utc>) -> String {
    match ago(time, app.now).as_str() {
        "now" => format!("{what} just now"),
        ago => format!("{what} {ago} ago"),
    }
}

fn of_run(app: &App, run: &RunEntry) -> Vec<Cell> {
    let theme = app.theme;
    let held = run.worker.map(|worker| format!("worker {}", tail(worker)));
    let model = run.model.as_deref().map(flat);
    let spent = run.usage.input_tokens + run.usage.output_tokens > 0;
    let spent = spent.then(|| {
        let (read, written) = (run.usage.input_tokens, run.usage.output_tokens);
        let signs = theme.signs;
        format!(
            "{}{} {}{}",
            signs.up,
            tokens(read),
            signs.down,
            tokens(written)
        )
    });
    let times = [
        Some(since(app, "queued", run.created_at)),
        run.started_at.map(|time| since(app, "begun", time)),
        run.ended_at.map(|time| since(app, "ended", time)),
        held,
        spent,
    ];
    let named = [Some(format!("run {}", run.id)), model];
    let mut lines = vec![
        (joined(app, named), Style::new()),
        (joined(app, times), theme.dim()),
    ];
    lines.extend(why(run).map(|why| (why, theme.warn())));
    lines
}

/// Why it is paused, is to be, or ended.
fn why(run: &RunEntry) -> Option<String> {
    let pause = run.pause_reason.as_deref().map(flat);
    let (what, reason) = match run.state {
        RunState::Paused => ("paused", pause),
        RunState::Running | RunState::Queued => ("to be paused", pause),
        state => (state.as_str(), run.end_reason.as_deref().map(flat)),
    };
    let reason = reason.filter(|reason| !reason.is_empty())?;
    Some(match &run.end_code {
        Some(code) => format!("{what} ({}): {reason}", flat(code)),
        None => format!("{what}: {reason}"),
    })
}

fn of_worker(app: &App, worker: &Worker) -> Vec<Cell> {
    let theme = app.theme;
    let named = [
        Some(format!("worker {}", worker.id)),
        Some(since(app, "started", worker.started_at)),
    ];
    let reason = worker.drain_reason.as_deref().map(flat);
    let state = match (worker.draining, reason) {
        (true, Some(reason)) => (format!("takes no more runs: {reason}"), theme.warn()),
        (true, None) => ("takes no more runs".to_owned(), theme.warn()),
        (false, _) => ("takes runs".to_owned(), theme.dim()),
    };
    vec![(joined(app, named), Style::new()), state]
}

fn of_queue(app: &App, queue: &QueueStatus) -> Vec<Cell> {
    let (theme, name) = (app.theme, flat(&queue.name));
    let lanes = queue.lanes;
    let lanes = [
        ("high", lanes.high),
        ("normal", lanes.normal),
        ("low", lanes.low),
    ];
    let lanes = lanes.map(|(lane, count)| Some(format!("{lane} {count}")));
    let mut lines = vec![(joined(app, lanes), theme.dim())];
    if let Some(pause) = &queue.pause {
        let since = since(app, "paused", pause.at);
        let text = format!("{since} by {}: {}", flat(&pause.by), flat(&pause.reason));
        lines.push((text, theme.warn()));
    }
    if queue.dead > 0 {
        let letters = if queue.dead == 1 { "letter" } else { "letters" };
        let text = format!("{} dead {letters}: mosaic queue dead {name}", queue.dead);
        lines.push((text, theme.bad()));
    }
    lines
}

//! Boards: a table over the conversation, what there is to know about its marked row, and the keys that command it.

mod detail;
mod people;
mod queues;
mod runs;
mod table;
mod workers;

use mosaic_client::RunScope;
use ratatui::Frame;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};

use super::{regions, window};
use crate::app::{App, Ask, Board, Rows};
use crate::text::{fit, width};
use crate::wrap::wrap;
use table::Table;

/// Lines about the marked row.
const DETAIL: u16 = 3;
/// Below this height there is no room for them.
const TALL: u16 = 12;

/// The parts of a board, from the top down. They are empty where there is no room.
struct Parts {
    head: Rect,
    rows: Rect,
    detail: Rect,
    /// A question, or nothing.
    question: Rect,
    /// Its answer, a notice, or the keys.
    foot: Rect,
}

/// Everything between the first and the last row of the screen.
fn area(app: &App) -> Rect {
    let regions = regions(app);
    let (columns, _) = app.size;
    let top = regions.top.bottom() + regions.rule.height;
    let height = regions.status.y.saturating_sub(top);
    Rect::new(0, top, columns, height)
}

fn parts(area: Rect) -> Parts {
    let inner = area.inner(Margin::new(1, 1));
    let foot = 1.min(inner.height);
    let head = u16::from(inner.height > 2);
    let detail = if inner.height >= TALL { DETAIL } else { 0 };
    let space = u16::from(detail > 0);
    // The question stands on the empty line above the foot.
    let question = u16::from(inner.height > 3);
    let fixed = head + space + detail + question + foot;
    let rows = inner.height.saturating_sub(fixed);
    let part = |y: u16, height: u16| Rect { y, height, ..inner }.intersection(inner);
    let below = inner.y + head + rows + space;
    Parts {
        head: part(inner.y, head),
        rows: part(inner.y + head, rows),
        detail: part(below, detail),
        question: part(below + detail, question),
        foot: part(below + detail + question, foot),
    }
}

/// Rows of a board that can be seen at once.
pub(crate) fn height(app: &App) -> usize {
    parts(area(app)).rows.height.into()
}

/// The row of the board that is drawn here.
pub(crate) fn row_at(app: &App, at: Position) -> Option<usize> {
    let board = app.board.as_ref()?;
    let rows = parts(area(app)).rows;
    let row = first(board, rows) + usize::from(at.y.checked_sub(rows.y)?);
    (rows.contains(at) && row < board.rows.len()).then_some(row)
}

/// The marked row is always seen.
fn first(board: &Board, rows: Rect) -> usize {
    (board.marked + 1).saturating_sub(rows.height.into())
}

pub(super) fn draw(app: &App, frame: &mut Frame<'_>) {
    let Some(board) = &app.board else { return };
    let area = area(app).intersection(frame.area());
    if area.width < 3 || area.height < 3 {
        return;
    }
    window(app, frame, area, &title(board));
    let parts = parts(area);
    draw_rows(app, frame, board, &parts);
    foot(app, frame, board, &parts);
}

fn title(board: &Board) -> String {
    match &board.rows {
        Rows::Runs(runs) => {
            let whose = match runs.scope {
                RunScope::Mine => "yours",
                RunScope::Workspace => "everybody's",
            };
            let which = if runs.ended { "all" } else { "not ended" };
            format!("Runs - {whose}, {which}")
        }
        Rows::Workers(_) => "Workers".to_owned(),
        Rows::Queues(_) => "Queues".to_owned(),
        Rows::Me(_) => "You".to_owned(),
        Rows::Sessions(_) => "Your sessions".to_owned(),
        Rows::Tokens(_) => "Your tokens".to_owned(),
        Rows::Members(_) => "Members".to_owned(),
    }
}

fn table(app: &App, board: &Board, columns: usize) -> Table {
    match &board.rows {
        Rows::Runs(runs) => runs::table(app, runs, columns),
        Rows::Workers(workers) => workers::table(app, workers, columns),
        Rows::Queues(queues) => queues::table(app, queues, columns),
        Rows::Me(facts) => people::facts(app, facts, columns),
        Rows::Sessions(sessions) => people::sessions(app, sessions, columns),
        Rows::Tokens(tokens) => people::tokens(app, tokens, columns),
        Rows::Members(members) => people::members(app, members, columns),
    }
}

fn draw_rows(app: &App, frame: &mut Frame<'_>, board: &Board, parts: &Parts) {
    let columns = usize::from(parts.rows.width);
    if board.rows.len() == 0 {
        let said = instead(app, board).into_iter();
        let lines = said.flat_map(|said| wrap(&[said], columns.max(1)));
        lines_into(frame, parts.rows, lines.collect());
        return;
    }
    let table = table(app, board, columns);
    let ellipsis = app.theme.signs.ellipsis;
    frame.render_widget(table.head(ellipsis).style(app.theme.dim()), parts.head);
    let height = usize::from(parts.rows.height);
    let shown = (0..table.len()).skip(first(board, parts.rows)).take(height);
    for (y, at) in (parts.rows.y..).zip(shown) {
        let marked = at == board.marked;
        let sign = if marked { app.theme.signs.pointer } else { " " };
        let mut line = table.row(at, sign, ellipsis);
        if marked {
            line = super::marked(line, app.theme);
        }
        let row = Rect {
            y,
            height: 1,
            ..parts.rows
        };
        frame.render_widget(line, row);
    }
    let about = detail::lines(app, board, columns);
    lines_into(frame, parts.detail, about);
}

/// Draws lines one below the other.
fn lines_into(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
}

/// What is said where there are no rows.
fn instead(app: &App, board: &Board) -> Vec<Span<'static>> {
    let theme = app.theme;
    let failed = theme.signs.failed;
    if let Some(trouble) = &board.trouble {
        let what = if trouble.denied {
            format!("{failed} You have not the right to see this.")
        } else {
            format!("{failed} This cannot be had now.")
        };
        return vec![
            Span::styled(what, theme.bad()),
            Span::raw(trouble.reason.clone()),
        ];
    }
    let text = match (&board.rows, board.loading) {
        (_, true) => "...",
        (Rows::Runs(runs), false) if runs.ended => "No runs yet.",
        (Rows::Runs(_), false) => "Nothing runs, waits or is paused.",
        (Rows::Workers(_), false) => "No worker is registered: nobody executes runs.",
        (Rows::Queues(_), false) => "No queues yet: nothing was ever queued.",
        (Rows::Me(_), false) => "Nothing is known of you.",
        (Rows::Sessions(_), false) => "You are signed in in no browser.",
        (Rows::Tokens(_), false) => "You have no tokens; `mosaic token create` makes one.",
        (Rows::Members(_), false) => "Nobody is in this workspace.",
    };
    vec![Span::styled(text, theme.dim())]
}

fn foot(app: &App, frame: &mut Frame<'_>, board: &Board, parts: &Parts) {
    let theme = app.theme;
    if let Some(ask) = &board.ask {
        asking(app, frame, ask, parts);
    } else if let Some(notice) = &app.notice {
        let style = if notice.bad {
            theme.bad()
        } else {
            theme.warn()
        };
        let said = Span::styled(notice.text.clone(), style);
        let lines = wrap(&[said], usize::from(parts.foot.width).max(1));
        // A long one begins on the line above.
        let area = if lines.len() > 1 {
            parts.question.union(parts.foot)
        } else {
            parts.foot
        };
        lines_into(frame, area, lines);
    } else {
        frame.render_widget(Line::styled(keys(board), theme.dim()), parts.foot);
    }
}

/// A question, and the line it is answered in where it takes words.
fn asking(app: &App, frame: &mut Frame<'_>, ask: &Ask, parts: &Parts) {
    let (theme, signs) = (app.theme, app.theme.signs);
    let columns = usize::from(parts.question.width);
    let hint = || format!("{} Enter {}, Esc leaves it.", ask.question, ask.does);
    let bad = app.notice.as_ref().filter(|notice| notice.bad);
    let (text, style) = bad.map_or_else(
        || (hint(), theme.warn()),
        |notice| (notice.text.clone(), theme.bad()),
    );
    let text = fit(&text, columns, signs.ellipsis);
    frame.render_widget(Line::styled(text, style), parts.question);
    let Some(reason) = ask.reason.as_ref().filter(|_| !parts.foot.is_empty()) else {
        return;
    };
    let prompt = format!("{} ", signs.you);
    let room = usize::from(parts.foot.width)
        .saturating_sub(width(&prompt))
        .max(2);
    // Of a long reason, the part with the cursor.
    let (row, column) = reason.position(room);
    let shown = reason.rows(room).get(row).cloned().unwrap_or_default();
    let x = parts.foot.x + u16::try_from(width(&prompt) + column).unwrap_or(0);
    let line = Line::from(vec![
        Span::styled(prompt, theme.you()),
        Span::raw(reason.text()[shown].to_owned()),
    ]);
    frame.render_widget(line, parts.foot);
    let last = parts.foot.right().saturating_sub(1);
    frame.set_cursor_position(Position::new(x.min(last), parts.foot.y));
}

fn keys(board: &Board) -> String {
    if board.trouble.as_ref().is_some_and(|trouble| trouble.denied) {
        return "Esc close".to_owned();
    }
    match &board.rows {
        Rows::Runs(runs) => {
            let scope = match runs.scope {
                RunScope::Mine => "a everyone",
                RunScope::Workspace => "a yours",
            };
            let ended = if runs.ended { "e not ended" } else { "e ended" };
            format!("s stop  p pause  r resume  k kill  {scope}  {ended}  Enter open  Esc close")
        }
        Rows::Workers(_) => "d drain  r take runs again  Esc close".to_owned(),
        Rows::Queues(_) => "p pause  r resume  Esc close".to_owned(),
        Rows::Me(_) => "Esc close".to_owned(),
        Rows::Sessions(_) => "e end  a end all  Esc close".to_owned(),
        Rows::Tokens(_) => "r revoke  Esc close".to_owned(),
        Rows::Members(_) => {
            "make o owner  a admin  m member  g guest  x remove  Esc close".to_owned()
        }
    }
}

#[cfg(test)]
mod tests;

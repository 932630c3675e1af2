//! The list of conversations.

use mosaic_client::Conversation;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear};

use super::turn::spinner;
use crate::app::App;
use crate::text::{ago, fit, flat, width};

pub(super) fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if app.list_is_over() {
        frame.render_widget(Clear, area);
    }
    let edge = Block::new()
        .borders(Borders::RIGHT)
        .border_style(app.theme.border());
    let edge = match app.theme.signs.side {
        "|" => super::border(app).borders(Borders::RIGHT),
        _ => edge,
    };
    let inner = edge.inner(area);
    frame.render_widget(edge, area);
    let head = Line::from(vec![
        Span::styled(" Conversations", app.theme.strong()),
        Span::styled("  Ctrl+L", app.theme.dim()),
    ]);
    frame.render_widget(
        head,
        Rect {
            height: 1.min(inner.height),
            ..inner
        },
    );
    let rows = rows_area(inner);
    let first = first_row(app, rows.height);
    for y in 0..rows.height {
        let index = first + usize::from(y);
        if index > app.list.items.len() {
            break;
        }
        let line = row(app, index, usize::from(rows.width));
        let area = Rect {
            y: rows.y + y,
            height: 1,
            ..rows
        };
        frame.render_widget(line, area);
    }
}

fn rows_area(inner: Rect) -> Rect {
    Rect {
        y: inner.y + 1.min(inner.height),
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

/// The row that is drawn at this height of the screen: 0 is a new conversation.
pub(crate) fn row_at(app: &App, area: Rect, y: u16) -> Option<usize> {
    let rows = rows_area(area);
    let row = first_row(app, rows.height) + usize::from(y.checked_sub(rows.y)?);
    (row <= app.list.items.len()).then_some(row)
}

/// The marked row is always seen, or else the open conversation.
fn first_row(app: &App, height: u16) -> usize {
    let open = app.open.as_ref().map(|open| open.id);
    let position = || app.list.items.iter().position(|one| Some(one.id) == open);
    let shown = app
        .list
        .marked
        .or_else(|| position().map(|at| at + 1))
        .unwrap_or(0);
    let height = usize::from(height);
    let most = (app.list.items.len() + 1).saturating_sub(height);
    shown.saturating_sub(height / 2).min(most)
}

fn row(app: &App, index: usize, columns: usize) -> Line<'static> {
    let (theme, signs) = (app.theme, app.theme.signs);
    let item = index.checked_sub(1).and_then(|at| app.list.items.get(at));
    let open = app.open.as_ref().map(|open| open.id);
    let is_open = item.map(|one| one.id) == open;
    let (title, aside) = match item {
        None => ("+ new conversation".to_owned(), String::new()),
        Some(item) => (title(item), aside(app, item)),
    };
    let sign = if is_open { signs.pointer } else { " " };
    let room = columns.saturating_sub(4 + width(&aside));
    let title = fit(&title, room, signs.ellipsis);
    let space = " ".repeat(room.saturating_sub(width(&title)));
    let style = if is_open {
        theme.accent()
    } else {
        ratatui::style::Style::new()
    };
    let line = Line::from(vec![
        Span::styled(format!("{sign} {title}{space} "), style),
        Span::styled(
            format!("{aside} "),
            if is_open { style } else { theme.dim() },
        ),
    ]);
    if app.list.marked == Some(index) {
        super::marked(line, theme)
    } else {
        line
    }
}

fn title(item: &Conversation) -> String {
    let title = item.title.as_deref().map(flat).unwrap_or_default();
    if title.is_empty() {
        "(untitled)".to_owned()
    } else {
        title
    }
}

fn aside(app: &App, item: &Conversation) -> String {
    match item.active_run_id {
        Some(run) if app.is_paused(run) => app.theme.signs.paused.to_owned(),
        Some(_) => spinner(app).to_owned(),
        None => ago(item.updated_at, app.now),
    }
}

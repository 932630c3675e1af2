//! The message that is written.

use ratatui::Frame;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};

use super::Regions;
use crate::app::{Activity, App};

/// Columns of the sign before the text.
const PROMPT: u16 = 2;

/// Columns for text in a composer of this area.
pub(super) fn columns(area: Rect) -> usize {
    let frame = if area.height > 2 { 2 } else { 0 };
    inner_columns(area.width.saturating_sub(frame))
}

fn inner_columns(width: u16) -> usize {
    usize::from(width.saturating_sub(PROMPT)).max(2)
}

/// Rows that the text takes in a composer that is this wide inside.
pub(super) fn rows(app: &App, width: u16) -> u16 {
    u16::try_from(app.composer.rows(inner_columns(width)).len()).unwrap_or(u16::MAX)
}

pub(super) fn draw(app: &App, frame: &mut Frame<'_>, regions: &Regions) {
    let (theme, mut area) = (app.theme, regions.composer);
    if regions.framed {
        let style = if app.list.marked.is_some() {
            theme.border()
        } else {
            theme.accent()
        };
        frame.render_widget(super::border(app).border_style(style), area);
        area = area.inner(Margin::new(1, 1));
    }
    if area.height == 0 || area.width <= PROMPT {
        return;
    }
    let columns = inner_columns(area.width);
    let rows = app.composer.rows(columns);
    let (row, column) = app.composer.position(columns);
    // The cursor is always seen.
    let height = usize::from(area.height);
    let first = (row + 1).saturating_sub(height);
    for (at, range) in rows.iter().enumerate().skip(first).take(height) {
        let sign = if at == 0 { theme.signs.you } else { " " };
        let text = app.composer.text()[range.clone()].replace('\t', " ");
        let line = Line::from(vec![
            Span::styled(format!("{sign} "), theme.you()),
            Span::raw(text),
        ]);
        let offset = u16::try_from(at - first).unwrap_or(0);
        frame.render_widget(
            line,
            Rect {
                y: area.y + offset,
                height: 1,
                ..area
            },
        );
    }
    if app.composer.is_empty() {
        placeholder(app, frame, area);
    }
    let covered = app.menu.is_some() || app.board.is_some() || app.help.is_some();
    if !covered && app.list.marked.is_none() {
        let x = area.x + PROMPT + u16::try_from(column).unwrap_or(0);
        let y = area.y + u16::try_from(row - first).unwrap_or(0);
        frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), y));
    }
}

fn placeholder(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let text = match app.activity() {
        Activity::Idle => "Write a message, Alt+Enter for a new line, / for commands",
        Activity::Paused => "Write what it is to know when it goes on, /resume goes on",
        _ => "Write to join the answer, Esc stops it",
    };
    let area = Rect {
        x: area.x + PROMPT,
        width: area.width - PROMPT,
        height: 1,
        ..area
    };
    frame.render_widget(Line::styled(text, app.theme.dim()), area);
}

//! The first and the last row.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::{Activity, App, Connection};
use crate::text::{duration, fit, flat, tokens, width};

/// A piece of a bar; those of less weight give way where there is no room.
struct Piece {
    text: String,
    style: Style,
    weight: u8,
}

fn piece(text: impl Into<String>, style: Style, weight: u8) -> Piece {
    Piece {
        text: text.into(),
        style,
        weight,
    }
}

pub(super) fn top(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, signs) = (app.theme, app.theme.signs);
    let mut left = vec![
        piece(
            format!("{} Mosaic", signs.assistant),
            theme.accent().bold(),
            9,
        ),
        piece(app.version.clone(), theme.dim(), 2),
        connection(app),
    ];
    let bare = app
        .url
        .split_once("://")
        .map_or(app.url.as_str(), |(_, host)| host);
    left.push(piece(flat(bare), theme.dim(), 4));
    let mut right = Vec::new();
    let title = app.title();
    let room = usize::from(area.width) / 3;
    right.push(piece(fit(&title, room, signs.ellipsis), theme.strong(), 5));
    if let Some(agent) = app.agent() {
        right.push(piece(
            format!("@{}", fit(&flat(agent), 24, signs.ellipsis)),
            theme.assistant(),
            6,
        ));
    }
    draw(app, frame, area, left, right);
}

pub(super) fn rule(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let line = app.theme.signs.line.repeat(area.width.into());
    frame.render_widget(Line::styled(line, app.theme.border()), area);
}

fn connection(app: &App) -> Piece {
    let (theme, signs) = (app.theme, app.theme.signs);
    match app.connection {
        Connection::Connected => piece(format!("{} connected", signs.connected), theme.good(), 8),
        Connection::Connecting => piece(format!("{} connecting", signs.away), theme.warn(), 8),
        Connection::Away(since) => {
            let seconds = (app.now - since).num_seconds();
            let so_long = if seconds < 5 {
                String::new()
            } else {
                format!(" {seconds}s")
            };
            piece(
                format!("{} reconnecting{so_long}", signs.away),
                theme.warn(),
                8,
            )
        }
    }
}

pub(super) fn status(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let (theme, signs) = (app.theme, app.theme.signs);
    let mut left = vec![activity(app)];
    if app.activity() == Activity::Paused {
        let reason = flat(app.pause_reason().unwrap_or_default());
        let reason = reason.trim_start_matches("paused ");
        if !reason.is_empty() {
            let room = usize::from(area.width) / 3;
            left.push(piece(fit(reason, room, signs.ellipsis), theme.warn(), 8));
        }
    }
    if let Some(model) = app.model() {
        left.push(piece(fit(&flat(model), 40, signs.ellipsis), theme.dim(), 6));
    }
    if let Some((read, written)) = app.tokens() {
        let text = format!(
            "{}{} {}{}",
            signs.up,
            tokens(read),
            signs.down,
            tokens(written)
        );
        left.push(piece(text, theme.dim(), 7));
    }
    if let Some(percent) = app.context() {
        let style = match percent {
            0..60 => theme.dim(),
            60..80 => theme.warn(),
            _ => theme.bad(),
        };
        left.push(piece(format!("ctx {percent}%"), style, 7));
    }
    let hint = |text: &str, weight| piece(text, theme.dim(), weight);
    let right = match app.activity() {
        Activity::Idle => vec![
            hint("Ctrl+L list", 1),
            hint("Ctrl+K go to", 3),
            hint("F1 help", 4),
        ],
        Activity::Paused => vec![hint("/resume goes on", 7), hint("F1 help", 4)],
        _ => vec![
            hint("Ctrl+T thinking", 1),
            hint("Esc stop", 5),
            hint("F1 help", 4),
        ],
    };
    draw(app, frame, area, left, right);
}

fn activity(app: &App) -> Piece {
    let (theme, spinner) = (app.theme, super::turn::spinner(app));
    match app.activity() {
        Activity::Idle => piece("ready", theme.good(), 9),
        Activity::Sending => piece(format!("{spinner} sending"), theme.warn(), 9),
        Activity::Queued => piece(format!("{spinner} queued"), theme.warn(), 9),
        Activity::Paused => piece(format!("{} paused", theme.signs.paused), theme.warn(), 9),
        Activity::Asked(asked) => piece(format!("{spinner} {}", asked.words()), theme.warn(), 9),
        Activity::Answering(ms) => {
            let seconds = duration(ms / 1000 * 1000)
                .replace(".0 s", "s")
                .replace("0 ms", "0s");
            piece(format!("{spinner} answering {seconds}"), theme.accent(), 9)
        }
    }
}

/// Draws what fits: the lightest pieces are left out first.
fn draw(app: &App, frame: &mut Frame<'_>, area: Rect, mut left: Vec<Piece>, mut right: Vec<Piece>) {
    let room = usize::from(area.width).saturating_sub(2);
    let long = |pieces: &[Piece]| -> usize { pieces.iter().map(|one| width(&one.text) + 3).sum() };
    while left.len() + right.len() > 1 && long(&left) + long(&right) > room + 3 {
        let weights = left.iter().chain(&right).map(|one| one.weight);
        let lightest = weights.min().unwrap_or(0);
        let keep = |one: &Piece| one.weight > lightest;
        left.retain(keep);
        right.retain(keep);
    }
    let line = |pieces: Vec<Piece>| {
        let mut spans = Vec::new();
        for one in pieces {
            if !spans.is_empty() {
                spans.push(Span::styled(
                    format!(" {} ", app.theme.signs.dot),
                    app.theme.dim(),
                ));
            }
            spans.push(Span::styled(one.text, one.style));
        }
        Line::from(spans)
    };
    let inner = Rect {
        x: area.x + 1.min(area.width),
        width: area.width.saturating_sub(2),
        ..area
    };
    frame.render_widget(line(left), inner);
    frame.render_widget(line(right).right_aligned(), inner);
}

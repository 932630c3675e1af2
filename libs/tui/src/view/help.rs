//! Keys and commands.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{centred, window};
use crate::app::{App, COMMANDS};

const KEYS: [(&str, &str); 16] = [
    ("Enter", "send"),
    (
        "Alt+Enter, Ctrl+J",
        "new line; Shift+Enter where it is told apart",
    ),
    ("Up, Down", "earlier messages of yours"),
    ("PgUp, PgDn, wheel", "scroll; End follows again"),
    ("Ctrl+K", "go to a conversation or command"),
    ("Ctrl+L", "show or hide the conversations"),
    ("Tab", "into the conversations beside"),
    ("Alt+Up, Alt+Down", "the conversation above or below"),
    ("Ctrl+N", "new conversation"),
    ("Ctrl+T", "show or hide thinking"),
    ("Ctrl+O", "show or hide what tools returned"),
    ("Esc", "close, follow again, or stop the answer"),
    ("Ctrl+C", "stop the answer; twice to leave"),
    ("Ctrl+U, Ctrl+W", "delete the line, the word"),
    ("Shift+mouse", "mark text, with the mouse taken"),
    ("F1", "this"),
];

/// Columns of the window.
const WIDTH: u16 = 78;
/// Columns of keys and commands.
const NAMES: usize = 30;

fn lines(app: &App) -> Vec<Line<'static>> {
    let theme = app.theme;
    let row = |name: String, text: &str| {
        Line::from(vec![
            Span::styled(format!(" {name:<NAMES$} "), theme.accent()),
            Span::raw(text.to_owned()),
        ])
    };
    let mut lines: Vec<Line<'static>> = KEYS
        .iter()
        .map(|(name, text)| row((*name).to_owned(), text))
        .collect();
    lines.push(Line::default());
    let commands = COMMANDS.iter().map(|command| {
        let name = format!("/{} {}", command.name, command.argument);
        row(name, command.help)
    });
    lines.extend(commands);
    lines
}

fn height(app: &App) -> u16 {
    u16::try_from(lines(app).len())
        .unwrap_or(u16::MAX)
        .saturating_add(2)
}

/// Lines that do not fit into the window.
pub(crate) fn overflow(app: &App) -> u16 {
    height(app).saturating_sub(app.size.1.saturating_sub(2))
}

pub(super) fn draw(app: &App, frame: &mut Frame<'_>) {
    let Some(top) = app.help else { return };
    let area = centred(frame, WIDTH, height(app));
    let title = if overflow(app) > 0 {
        "Help - arrows scroll, Esc closes"
    } else {
        "Help - Esc closes"
    };
    let inner = window(app, frame, area, title);
    let top = top.min(overflow(app));
    for (y, line) in lines(app)
        .into_iter()
        .skip(top.into())
        .take(inner.height.into())
        .enumerate()
    {
        let y = inner.y + u16::try_from(y).unwrap_or(0);
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..inner
            },
        );
    }
}

//! Which part of the screen is for what.

use ratatui::layout::Rect;

use super::compose;
use crate::app::{App, Scroll};

/// Below this many rows frames are left out.
const FRAMED: u16 = 12;
/// From this many rows on a line parts the first row from the rest.
const RULED: u16 = 20;
const MARKER: u16 = 20;

/// The parts of the screen. They are empty where there is no room.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Regions {
    pub(crate) top: Rect,
    /// The line below it.
    pub(crate) rule: Rect,
    /// The list of conversations, beside the messages or over them.
    pub(crate) list: Option<Rect>,
    pub(crate) messages: Rect,
    /// Leads back to the end of the messages.
    pub(crate) marker: Rect,
    pub(crate) notice: Rect,
    pub(crate) composer: Rect,
    /// Whether the composer has a frame.
    pub(crate) framed: bool,
    pub(crate) status: Rect,
}

pub(crate) fn regions(app: &App) -> Regions {
    let (columns, rows) = app.size;
    let screen = Rect::new(0, 0, columns, rows);
    let width = beside(app);
    let framed = rows >= FRAMED;
    let main = Rect {
        x: width,
        width: columns - width.min(columns),
        ..screen
    };
    let notice = u16::from(app.notice.is_some() && rows > 4);
    let frame = if framed { 2 } else { 0 };
    let rule = u16::from(rows >= RULED);
    let head = 1 + rule;
    let fixed = head + 1 + notice + frame;
    let most = (rows.saturating_sub(fixed) / 2).clamp(1, 10);
    let inner = main.width.saturating_sub(frame);
    let written = compose::rows(app, inner);
    let composer = (written.min(most) + frame).min(rows.saturating_sub(2));
    let messages = rows.saturating_sub(head + 1 + notice + composer);
    let row = |y: u16, height: u16| Rect { y, height, ..main }.intersection(screen);
    let area = row(head, messages);
    Regions {
        top: Rect {
            height: 1.min(rows),
            ..screen
        },
        rule: Rect {
            y: 1,
            height: rule,
            ..screen
        },
        list: list(app, (head, messages)).map(|list| list.intersection(screen)),
        messages: padded(area),
        marker: marker(app, area),
        notice: padded(row(head + messages, notice)),
        composer: row(head + messages + notice, composer),
        framed,
        status: Rect {
            y: rows.saturating_sub(1),
            height: 1.min(rows),
            ..screen
        },
    }
}

/// Columns of the list beside the messages.
fn beside(app: &App) -> u16 {
    if app.list_is_beside() {
        (app.size.0 / 4).clamp(26, 36)
    } else {
        0
    }
}

/// Where the list of conversations is: beside everything below the head, or over the messages.
fn list(app: &App, (head, messages): (u16, u16)) -> Option<Rect> {
    let (columns, rows) = app.size;
    if app.list_is_beside() {
        let height = rows.saturating_sub(head + 1);
        Some(Rect::new(0, head, beside(app), height))
    } else if app.list_is_over() {
        let width = columns.saturating_sub(8).min(40).max(columns.min(20));
        Some(Rect::new(0, head, width, messages))
    } else {
        None
    }
}

/// Text keeps a column off the edges.
fn padded(area: Rect) -> Rect {
    let side = u16::from(area.width > 4);
    Rect {
        x: area.x + side,
        width: area.width - 2 * side,
        ..area
    }
}

fn marker(app: &App, area: Rect) -> Rect {
    if app.scroll == Scroll::Bottom || area.height == 0 {
        return Rect::default();
    }
    let width = MARKER.min(area.width);
    Rect {
        x: area.right() - width,
        y: area.bottom() - 1,
        width,
        height: 1,
    }
}

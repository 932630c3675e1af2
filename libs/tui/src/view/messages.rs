//! The window on the conversation.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Regions, item_lines, turn};
use crate::app::{App, Connection, Scroll};

pub(super) fn draw(app: &App, frame: &mut Frame<'_>, regions: &Regions) {
    let area = regions.messages;
    if app.timeline.is_empty() {
        blank(app, frame, area);
    } else {
        for (row, line) in (area.y..area.bottom()).zip(visible(app, area)) {
            let row = Rect {
                y: row,
                height: 1,
                ..area
            };
            frame.render_widget(line, row);
        }
    }
    marker(app, frame, regions.marker);
    if let Some(notice) = &app.notice {
        let style = if notice.bad {
            app.theme.bad()
        } else {
            app.theme.warn()
        };
        frame.render_widget(Line::styled(notice.text.clone(), style), regions.notice);
    }
}

fn visible(app: &App, area: Rect) -> Vec<Line<'static>> {
    let (first, skipped) = app.top();
    let wanted = usize::from(area.height);
    let count = app.timeline.len() + app.timeline.pending().len();
    let mut lines: Vec<Line<'static>> = Vec::with_capacity(wanted);
    for index in first..count {
        let skip = if index == first { skipped } else { 0 };
        let item = item_lines(app, index);
        lines.extend(item.iter().skip(skip).take(wanted - lines.len()).cloned());
        if lines.len() >= wanted {
            break;
        }
    }
    lines
}

fn marker(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if app.scroll == Scroll::Bottom {
        return;
    }
    let text = if app.unseen {
        "new below"
    } else {
        "more below"
    };
    let text = format!(" {} {text} (End) ", app.theme.signs.down);
    frame.render_widget(
        Line::styled(text, app.theme.selected()).right_aligned(),
        area,
    );
}

/// What stands where nothing was said yet.
fn blank(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let theme = app.theme;
    let mut lines = Vec::new();
    match &app.open {
        Some(open) if open.loading => {
            let what = match app.connection {
                Connection::Away(_) => "waiting for the gateway",
                _ => "opening the conversation",
            };
            lines.push(Line::styled(
                format!("{} {what}", turn::spinner(app)),
                theme.dim(),
            ));
        }
        Some(_) => lines.push(Line::styled("Nothing was said here yet.", theme.dim())),
        None => {
            let name = format!("{}  M O S A I C", theme.signs.assistant);
            lines.push(Line::styled(name, theme.accent().bold()));
            lines.push(Line::default());
            lines.push(Line::raw(
                "Write below and press Enter: a new conversation begins.",
            ));
            let hint = "Ctrl+K goes to an earlier one, / shows what can be done.";
            lines.push(Line::styled(hint, theme.dim()));
        }
    }
    let height = u16::try_from(lines.len()).unwrap_or(1).min(area.height);
    let top = area.y + (area.height - height) / 2;
    for (row, line) in (top..top + height).zip(lines) {
        let row = Rect {
            y: row,
            height: 1,
            ..area
        };
        frame.render_widget(line.centered(), row);
    }
}

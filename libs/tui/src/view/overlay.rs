//! What lies over the rest for a moment: completions and menus.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::{Regions, centred, window};
use crate::app::App;
use crate::text::{fit, width};

/// Completions shown at once.
const OFFERS: usize = 8;
/// Columns and rows of a menu.
const MENU: (u16, u16) = (64, 16);

/// Completions just above the line they complete.
pub(super) fn completion(app: &App, frame: &mut Frame<'_>, regions: &Regions) {
    let offers = app.offers();
    let covered = app.menu.is_some() || app.board.is_some() || app.help.is_some();
    if offers.is_empty() || covered {
        return;
    }
    let marked = app.completion.marked.min(offers.len() - 1);
    let first = (marked + 1).saturating_sub(OFFERS);
    let shown = &offers[first..offers.len().min(first + OFFERS)];
    let above = regions
        .composer
        .y
        .saturating_sub(regions.top.bottom() + regions.rule.height);
    let height = u16::try_from(shown.len()).unwrap_or(1).min(above);
    let area = Rect {
        x: regions.composer.x + 1,
        y: regions.composer.y - height,
        width: regions.composer.width.saturating_sub(2).min(72),
        height,
    };
    frame.render_widget(Clear, area);
    let widest = shown
        .iter()
        .map(|offer| width(&offer.label))
        .max()
        .unwrap_or(0);
    for (at, offer) in shown.iter().enumerate().take(usize::from(height)) {
        let row = (offer.label.as_str(), offer.help.as_str(), widest);
        let line = line(app, row, first + at == marked, usize::from(area.width));
        let y = area.y + u16::try_from(at).unwrap_or(0);
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

pub(super) fn menu(app: &App, frame: &mut Frame<'_>) {
    let Some(menu) = &app.menu else { return };
    let area = centred(frame, MENU.0, MENU.1);
    let inner = window(app, frame, area, menu.kind.title());
    if inner.height == 0 {
        return;
    }
    let theme = app.theme;
    let query = menu.query.text();
    let typed = Line::from(vec![
        Span::styled(format!("{} ", theme.signs.you), theme.you()),
        Span::raw(query.to_owned()),
    ]);
    frame.render_widget(typed, Rect { height: 1, ..inner });
    let x = inner.x + 2 + u16::try_from(width(query)).unwrap_or(0);
    frame.set_cursor_position(Position::new(
        x.min(inner.right().saturating_sub(1)),
        inner.y,
    ));
    let choices = app.choices(menu);
    let height = usize::from(inner.height.saturating_sub(1));
    let first = (menu.marked + 1).saturating_sub(height);
    let nothing = Line::styled("  nothing fits", theme.dim());
    if choices.is_empty() && height > 0 {
        frame.render_widget(
            nothing,
            Rect {
                y: inner.y + 1,
                height: 1,
                ..inner
            },
        );
    }
    for (at, choice) in choices.iter().enumerate().skip(first).take(height) {
        let most = usize::from(inner.width).saturating_sub(width(&choice.aside) + 5);
        let row = (choice.label.as_str(), choice.aside.as_str(), most);
        let line = line(app, row, at == menu.marked, usize::from(inner.width));
        let y = inner.y + 1 + u16::try_from(at - first).unwrap_or(0);
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

/// A row: what it is, and what is said about it from column `labels` on.
fn line(
    app: &App,
    (label, aside, labels): (&str, &str, usize),
    marked: bool,
    columns: usize,
) -> Line<'static> {
    let (theme, signs) = (app.theme, app.theme.signs);
    let sign = if marked { signs.pointer } else { " " };
    let label = fit(label, labels.min(columns.saturating_sub(3)), signs.ellipsis);
    let space = " ".repeat(labels.saturating_sub(width(&label)));
    let room = columns.saturating_sub(labels + 5);
    let aside = fit(aside, room, signs.ellipsis);
    let rest = " ".repeat(columns.saturating_sub(width(&label) + space.len() + width(&aside) + 4));
    let line = Line::from(vec![
        Span::raw(format!("{sign} {label}{space}  ")),
        Span::styled(format!("{aside}{rest}"), theme.dim()),
    ]);
    if marked {
        super::marked(line, theme)
    } else {
        line
    }
}

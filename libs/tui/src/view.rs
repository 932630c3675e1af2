//! How the state looks. Nothing here changes anything; lines of the conversation are remembered by what they depend on.

mod bars;
mod board;
mod compose;
mod help;
mod list;
mod messages;
mod overlay;
mod page;
mod regions;
mod tool;
mod turn;

use std::rc::Rc;

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Borders, Clear};

use crate::app::App;
use crate::theme::Theme;
use crate::timeline::Stamp;
pub(crate) use board::{height as board_height, row_at as board_row};
pub(crate) use help::overflow as help_overflow;
pub(crate) use list::row_at as list_row;
pub(crate) use regions::{Regions, regions};

impl App {
    /// Draws everything.
    pub fn view(&self, frame: &mut Frame<'_>) {
        let regions = regions(self);
        bars::top(self, frame, regions.top);
        bars::rule(self, frame, regions.rule);
        messages::draw(self, frame, &regions);
        compose::draw(self, frame, &regions);
        bars::status(self, frame, regions.status);
        if let Some(area) = regions.list {
            list::draw(self, frame, area);
        }
        overlay::completion(self, frame, &regions);
        board::draw(self, frame);
        overlay::menu(self, frame);
        help::draw(self, frame);
    }
}

/// Rows of the conversation that can be seen at once.
pub(crate) fn messages_height(app: &App) -> usize {
    regions(app).messages.height.into()
}

/// Columns of a row of the message that is written.
pub(crate) fn composer_columns(app: &App) -> usize {
    compose::columns(regions(app).composer)
}

/// The lines of an entry of the conversation, or of a message on its way behind the last entry.
pub(crate) fn item_lines(app: &App, index: usize) -> Rc<Vec<Line<'static>>> {
    let columns: usize = regions(app).messages.width.into();
    if let Some(entry) = app.timeline.entry(index) {
        let stamp = Stamp {
            columns,
            theme: app.theme,
            thinking: app.thinking,
            tools: app.tools,
            moment: app.now.timestamp_millis() / 100,
        };
        return entry.lines(stamp, || turn::entry(app, entry, columns));
    }
    let pending = app.timeline.pending().get(index - app.timeline.len());
    Rc::new(
        pending
            .map(|one| turn::pending(app, one, columns))
            .unwrap_or_default(),
    )
}

/// The line that Enter would take.
fn marked(line: Line<'static>, theme: Theme) -> Line<'static> {
    let spans = line.spans.into_iter();
    spans
        .map(|span| span.patch_style(theme.selected()))
        .collect()
}

/// A box over what is drawn; what is left of it inside.
fn window(app: &App, frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    frame.render_widget(Clear, area);
    let block = border(app).title(Line::styled(
        format!(" {title} "),
        app.theme.accent().not_dim(),
    ));
    frame.render_widget(block, area);
    area.inner(Margin::new(1, 1))
}

fn border(app: &App) -> Block<'static> {
    let corners = app.theme.signs.corners;
    let rounded = corners[0] == "╭";
    let block = Block::new()
        .borders(Borders::ALL)
        .border_style(app.theme.border());
    if rounded {
        return block.border_type(BorderType::Rounded);
    }
    block.border_set(ratatui::symbols::border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    })
}

/// A box of this size in the middle of the screen, smaller where the screen is.
fn centred(frame: &Frame<'_>, width: u16, height: u16) -> Rect {
    let area = frame.area();
    let width = width.min(area.width.saturating_sub(2)).max(1);
    let height = height.min(area.height.saturating_sub(2)).max(1);
    Rect {
        x: area.x + (area.width.saturating_sub(width)) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 3,
        width,
        height,
    }
    .intersection(area)
}

#[cfg(test)]
mod tests;

//! One run as lines: what was said, thought, done and answered, and how it ended.

use chrono::{DateTime, Utc};
use mosaic_client::{Block, Turn, TurnState};
use mosaic_domain::{Role, RunState};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::tool;
use crate::app::App;
use crate::markdown;
use crate::text::{fit, flat, printable, width};
use crate::timeline::{Entry, Pending, PendingState};
use crate::wrap::wrap;

/// What is said stands this far from what says who says it.
pub(super) const INDENT: usize = 2;
/// Lines of thinking that are shown while it goes on.
const THOUGHTS: usize = 4;

/// Lines in the making.
pub(super) struct Page<'a> {
    pub(super) app: &'a App,
    pub(super) columns: usize,
    pub(super) lines: Vec<Line<'static>>,
}

impl Page<'_> {
    fn new(app: &App, columns: usize) -> Page<'_> {
        Page {
            app,
            columns,
            lines: Vec::new(),
        }
    }

    /// Columns for what is said.
    pub(super) fn room(&self) -> usize {
        self.columns.saturating_sub(INDENT).max(1)
    }

    pub(super) fn push(&mut self, line: Line<'static>) {
        let mut spans = vec![Span::raw(" ".repeat(INDENT))];
        spans.extend(
            line.spans
                .into_iter()
                .map(|span| span.patch_style(line.style)),
        );
        self.lines.push(Line::from(spans));
    }

    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.spans.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    fn head(&mut self, sign: &str, who: &str, style: Style, aside: &str) {
        self.gap();
        let who = format!("{sign} {who}");
        let room = self.columns.saturating_sub(width(&who) + 2);
        let aside = fit(aside, room, self.app.theme.signs.ellipsis);
        self.lines.push(Line::from(vec![
            Span::styled(who, style),
            Span::styled(format!("  {aside}"), self.app.theme.dim()),
        ]));
    }

    fn you(&mut self, text: &str, aside: &str) {
        let theme = self.app.theme;
        self.head(theme.signs.you, "you", theme.you(), aside);
        for line in wrap(&[Span::raw(printable(text.trim_end()))], self.room()) {
            self.push(line);
        }
    }

    fn assistant(&mut self, who: &str, aside: &str) {
        let theme = self.app.theme;
        self.head(theme.signs.assistant, who, theme.assistant(), aside);
    }

    pub(super) fn wrapped(&mut self, text: String, style: Style) {
        for line in wrap(&[Span::styled(text, style)], self.room()) {
            self.push(line);
        }
    }

    fn finish(mut self) -> Vec<Line<'static>> {
        self.gap();
        self.lines
    }
}

/// A run, or a message that belongs to none.
pub(super) fn entry(app: &App, entry: &Entry, columns: usize) -> Vec<Line<'static>> {
    let mut page = Page::new(app, columns);
    match &entry.turn {
        Some(turn) => turn_lines(&mut page, entry, turn),
        None => stored(&mut page, entry),
    }
    page.finish()
}

/// A message that is on its way.
pub(super) fn pending(app: &App, pending: &Pending, columns: usize) -> Vec<Line<'static>> {
    let mut page = Page::new(app, columns);
    let theme = app.theme;
    match &pending.state {
        PendingState::Sending => page.you(&pending.text, &format!("{} sending", spinner(app))),
        PendingState::Stored(_) => page.you(&pending.text, "waiting"),
        PendingState::NotSent(reason) => {
            page.you(&pending.text, "");
            let sign = theme.signs.failed;
            let text = format!(
                "{sign} not sent: {reason} ({} brings it back)",
                theme.signs.up
            );
            page.wrapped(text, theme.bad());
        }
    }
    page.finish()
}

fn stored(page: &mut Page<'_>, entry: &Entry) {
    for message in &entry.messages {
        let time = clock(page.app, message.created_at);
        match message.role {
            Role::User => page.you(&message.content, &time),
            Role::Assistant => {
                let who = page.app.agent().map_or_else(|| "mosaic".to_owned(), flat);
                page.assistant(&who, &time);
                for line in markdown::render(&message.content, page.room(), page.app.theme) {
                    page.push(line);
                }
            }
        }
    }
}

fn turn_lines(page: &mut Page<'_>, entry: &Entry, turn: &Turn) {
    let app = page.app;
    let time = turn
        .began_at
        .map(|time| clock(app, time))
        .unwrap_or_default();
    // The answer follows the message; after one that joined it begins anew.
    let mut introduced = false;
    let mut joined = false;
    let last = turn.blocks.len().saturating_sub(1);
    for (index, block) in turn.blocks.iter().enumerate() {
        if let Block::Message { content, .. } = block {
            page.you(content, if joined { "joined" } else { time.as_str() });
            (introduced, joined) = (false, true);
            continue;
        }
        if !introduced {
            introduce(page, turn);
            introduced = true;
        }
        draw_block(page, entry, turn, (index, block), index == last);
    }
    ending(page, turn, introduced);
}

fn introduce(page: &mut Page<'_>, turn: &Turn) {
    let usual = || page.app.agent().map(str::to_owned);
    let (who, model) = match &turn.answered_by {
        Some((agent, model)) => (Some(agent.clone()), model.as_str()),
        None => (usual(), ""),
    };
    let who = who
        .filter(|who| !who.is_empty())
        .map_or_else(|| "mosaic".to_owned(), |who| flat(&who));
    page.assistant(&who, &flat(model));
    recalled(page, turn);
}

/// How much was remembered for the answer.
fn recalled(page: &mut Page<'_>, turn: &Turn) {
    let count = turn.recalled.len();
    if count > 0 {
        let (theme, plural) = (
            page.app.theme,
            if count == 1 { "memory" } else { "memories" },
        );
        let text = format!("{} recalled {count} {plural}", theme.signs.memory);
        page.push(Line::styled(text, theme.dim()));
    }
}

fn draw_block(
    page: &mut Page<'_>,
    entry: &Entry,
    turn: &Turn,
    (index, block): (usize, &Block),
    is_last: bool,
) {
    let (app, room) = (page.app, page.room());
    match block {
        Block::Text { text, .. } => {
            separate(page, turn, index);
            let what = (room, app.theme);
            let lines = entry.text_lines(index, text, what, || {
                markdown::render(text, room, app.theme)
            });
            for line in lines.iter() {
                page.push(line.clone());
            }
        }
        Block::Thinking { text, .. } => {
            separate(page, turn, index);
            thinking(page, text, is_last && !turn.is_ended());
        }
        Block::Tool { .. } => {
            let after_tool = index > 0 && matches!(turn.blocks[index - 1], Block::Tool { .. });
            if !after_tool {
                separate(page, turn, index);
            }
            tool::draw(page, block, turn.is_ended());
        }
        Block::Message { .. } => {}
    }
}

/// Blocks of an answer stand apart from each other.
fn separate(page: &mut Page<'_>, turn: &Turn, index: usize) {
    let follows = index > 0 && !matches!(turn.blocks[index - 1], Block::Message { .. });
    if follows {
        page.gap();
    }
}

/// Thinking in a line of its own; the end of it while it goes on, all of it when wanted.
fn thinking(page: &mut Page<'_>, text: &str, goes_on: bool) {
    let (theme, all) = (page.app.theme, page.app.thinking);
    let style = theme.dim().italic();
    let text = printable(text.trim());
    let lines = wrap(&[Span::styled(text, style)], page.room().saturating_sub(2));
    let count = lines.len();
    let hint = if all { "hides it" } else { "shows it" };
    let plural = if count == 1 { "line" } else { "lines" };
    let head = if goes_on {
        format!("{} thinking", spinner(page.app))
    } else {
        format!(
            "{} thought, {count} {plural} (Ctrl+T {hint})",
            theme.signs.thinking
        )
    };
    page.push(Line::styled(head, theme.dim()));
    let shown = match (all, goes_on) {
        (true, _) => count,
        (false, true) => THOUGHTS,
        (false, false) => 0,
    };
    for line in lines.into_iter().skip(count.saturating_sub(shown)) {
        let mut spans = vec![Span::styled(format!("{} ", theme.signs.bar), theme.dim())];
        spans.extend(line.spans);
        page.push(Line::from(spans));
    }
}

/// What is going on, or how it ended unless with an answer.
fn ending(page: &mut Page<'_>, turn: &Turn, introduced: bool) {
    let (app, theme) = (page.app, page.app.theme);
    let signs = theme.signs;
    let (text, style) = match &turn.state {
        TurnState::Ended {
            state: RunState::Completed,
            ..
        } => return,
        TurnState::Ended { state, reason, .. } => {
            let reason = reason
                .as_deref()
                .map(flat)
                .filter(|reason| !reason.is_empty());
            let reason = reason
                .map(|reason| format!(": {reason}"))
                .unwrap_or_default();
            match state {
                // Whoever stops a run usually says so.
                RunState::Cancelled if reason.starts_with(": stopped") => {
                    (format!("{} {}", signs.failed, &reason[2..]), theme.warn())
                }
                RunState::Cancelled => (format!("{} stopped{reason}", signs.failed), theme.warn()),
                state => (
                    format!("{} {}{reason}", signs.failed, state.as_str()),
                    theme.bad(),
                ),
            }
        }
        TurnState::Queued | TurnState::Running => {
            let usual = match turn.state {
                TurnState::Queued => "waiting for a worker",
                _ if app.stopping == Some(turn.run_id) => "stopping",
                _ => "working",
            };
            let note = turn.note.as_deref().map_or_else(|| usual.to_owned(), flat);
            (format!("{} {note}", spinner(app)), theme.dim())
        }
    };
    if !introduced {
        introduce(page, turn);
    } else if turn.is_ended()
        || !turn
            .blocks
            .last()
            .is_some_and(|block| matches!(block, Block::Thinking { .. }))
    {
        page.gap();
    } else {
        return;
    }
    page.wrapped(text, style);
}

/// The sign that something goes on.
pub(super) fn spinner(app: &App) -> &'static str {
    let tick = app.now.timestamp_millis() / 100;
    app.theme
        .spinner(usize::try_from(tick.rem_euclid(1_000)).unwrap_or(0))
}

fn clock(app: &App, time: DateTime<Utc>) -> String {
    let (local, today) = (
        time.with_timezone(&app.offset),
        app.now.with_timezone(&app.offset),
    );
    let same = local.date_naive() == today.date_naive();
    local
        .format(if same { "%H:%M" } else { "%Y-%m-%d %H:%M" })
        .to_string()
}

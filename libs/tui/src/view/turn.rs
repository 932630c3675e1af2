//! One run as lines: what was said, thought, done and answered, and how it ended.

use chrono::{DateTime, Utc};
use mosaic_client::{Block, Turn, TurnState};
use mosaic_domain::{Role, RunState};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::page::Page;
use super::tool;
use crate::app::App;
use crate::markdown;
use crate::text::{flat, printable};
use crate::timeline::{Entry, Pending, PendingState};
use crate::wrap::wrap;

/// Lines of thinking that are shown while it goes on.
const THOUGHTS: usize = 4;

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
            thinking(page, text, is_last && !rests(turn));
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
    let (text, style) = match &turn.state {
        TurnState::Ended { state, reason, .. } => match ended(page, *state, reason.as_deref()) {
            Some(said) => said,
            None => return,
        },
        TurnState::Paused { reason } if asked(page.app, turn).is_none() => {
            (paused(page.app, reason), page.app.theme.warn())
        }
        _ => (going_on(page.app, turn), page.app.theme.dim()),
    };
    let thinks = matches!(turn.blocks.last(), Some(Block::Thinking { .. }));
    if !introduced {
        introduce(page, turn);
    } else if rests(turn) || !thinks {
        page.gap();
    } else {
        return;
    }
    page.wrapped(text, style);
}

/// How a run ended, unless with an answer.
fn ended(page: &Page<'_>, state: RunState, reason: Option<&str>) -> Option<(String, Style)> {
    let (theme, sign) = (page.app.theme, page.app.theme.signs.failed);
    let reason = reason.map(flat).unwrap_or_default();
    let said = |what: &str| match reason.as_str() {
        "" => format!("{sign} {what}"),
        reason => format!("{sign} {what}: {reason}"),
    };
    match state {
        RunState::Completed => None,
        // Whoever stops a run usually says so.
        RunState::Cancelled if reason.starts_with("stopped") => {
            Some((format!("{sign} {reason}"), theme.warn()))
        }
        RunState::Cancelled => Some((said("stopped"), theme.warn())),
        state => Some((said(state.as_str()), theme.bad())),
    }
}

fn paused(app: &App, reason: &str) -> String {
    let sign = app.theme.signs.paused;
    match flat(reason).as_str() {
        "" => format!("{sign} paused"),
        // Where no reason was given, it says who.
        reason if reason.starts_with("paused") => format!("{sign} {reason}"),
        reason => format!("{sign} paused: {reason}"),
    }
}

fn going_on(app: &App, turn: &Turn) -> String {
    let usual = match (&turn.state, asked(app, turn)) {
        (_, Some(asked)) => asked,
        (TurnState::Queued, None) => "waiting for a worker",
        _ => "working",
    };
    let note = turn.note.as_deref().map_or_else(|| usual.to_owned(), flat);
    format!("{} {note}", spinner(app))
}

/// Whether nothing comes of itself any more.
fn rests(turn: &Turn) -> bool {
    matches!(
        turn.state,
        TurnState::Paused { .. } | TurnState::Ended { .. }
    )
}

/// What the run was told to do and has not done yet.
fn asked(app: &App, turn: &Turn) -> Option<&'static str> {
    let (run, asked) = app.asked?;
    (run == turn.run_id).then(|| asked.words())
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

//! A tool call: whether it goes on or how it ended, with what, how long, and what came of it.

use mosaic_client::{Block, ToolOutcome};
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::page::Page;
use super::turn::spinner;
use crate::text::{duration, fit, flat, printable, width};
use crate::wrap::wrap;

/// Lines of an output that is wanted.
const OUTPUT: usize = 60;

pub(super) fn draw(page: &mut Page<'_>, block: &Block, run_is_over: bool) {
    let Block::Tool {
        name,
        arguments,
        result,
        started_at,
        duration_ms,
        ..
    } = block
    else {
        return;
    };
    let (app, theme) = (page.app, page.app.theme);
    let signs = theme.signs;
    let (sign, style) = match result {
        None if run_is_over => (signs.failed, theme.warn()),
        None => (spinner(app), theme.accent()),
        Some((ToolOutcome::Succeeded, _)) => (signs.done, theme.good()),
        Some((ToolOutcome::Failed, _)) => (signs.failed, theme.bad()),
        Some((ToolOutcome::Unknown, _)) => (signs.unknown, theme.warn()),
    };
    let passed = || {
        let passed = app.now - (*started_at)?;
        u64::try_from(passed.num_milliseconds())
            .ok()
            .filter(|ms| *ms >= 1_000)
    };
    let took = match result {
        None if run_is_over => None,
        None => passed().map(|ms| ms / 100 * 100),
        Some((ToolOutcome::Unknown, _)) => None,
        Some(_) => *duration_ms,
    };
    let took = took
        .map(|ms| format!("  {}", duration(ms)))
        .unwrap_or_default();
    let name = fit(&flat(name), 40, signs.ellipsis);
    let used = width(sign) + 1 + width(&name) + 2 + width(&took);
    let given = fit(
        &brief(arguments),
        page.room().saturating_sub(used),
        signs.ellipsis,
    );
    let space = if given.is_empty() { "" } else { "  " };
    page.push(Line::from(vec![
        Span::styled(format!("{sign} "), style),
        Span::styled(name, theme.strong()),
        Span::styled(format!("{space}{given}"), theme.dim()),
        Span::styled(took, theme.dim()),
    ]));
    if let Some((outcome, output)) = result {
        show_output(page, *outcome, output);
    }
}

fn show_output(page: &mut Page<'_>, outcome: ToolOutcome, output: &str) {
    let theme = page.app.theme;
    let style = match outcome {
        ToolOutcome::Succeeded => theme.dim(),
        ToolOutcome::Failed | ToolOutcome::Unknown => theme.warn(),
    };
    let room = page.room().saturating_sub(4);
    let lead = |page: &mut Page<'_>, first: bool, line: Line<'static>| {
        let sign = if first {
            format!("  {} ", theme.signs.result)
        } else {
            "    ".to_owned()
        };
        let mut spans = vec![Span::styled(sign, theme.dim())];
        spans.extend(line.spans);
        page.push(Line::from(spans));
    };
    if output.trim().is_empty() {
        return;
    }
    if !page.app.tools {
        let line = fit(&flat(output), room, theme.signs.ellipsis);
        lead(page, true, Line::from(Span::styled(line, style)));
        return;
    }
    let lines = wrap(&[Span::styled(printable(output.trim_end()), style)], room);
    let hidden = lines.len().saturating_sub(OUTPUT);
    for (index, line) in lines.into_iter().take(OUTPUT).enumerate() {
        lead(page, index == 0, line);
    }
    if hidden > 0 {
        let more = format!("{} {hidden} more lines", theme.signs.ellipsis);
        lead(page, false, Line::from(Span::styled(more, theme.dim())));
    }
}

/// Arguments on one line; a single one needs no name.
fn brief(arguments: &Value) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => flat(text),
        other => flat(&other.to_string()),
    };
    match arguments {
        Value::Null => String::new(),
        Value::Object(fields) if fields.len() == 1 => fields.values().map(shown).collect(),
        Value::Object(fields) => {
            // Text says more than numbers and switches.
            let (texts, others): (Vec<_>, Vec<_>) =
                fields.iter().partition(|(_, value)| value.is_string());
            let pair =
                |(name, value): (&String, &Value)| format!("{}: {}", flat(name), shown(value));
            let pairs: Vec<String> = texts.into_iter().chain(others).map(pair).collect();
            pairs.join(", ")
        }
        other => shown(other),
    }
}

//! Summaries as people read them, within 80 columns.

use mosaic_client::Summary;
use mosaic_domain::SummaryKind;

use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::text::{local_time, one_line, printable};

/// Columns that are there everywhere.
const WIDTH: usize = 80;
const INDENT: &str = "  ";

pub(super) fn list(output: Output, summaries: &[Summary]) -> Result<(), Failure> {
    if output.json {
        for summary in summaries {
            output.document(summary)?;
        }
        return Ok(());
    }
    if summaries.is_empty() {
        output.say("nothing is summarised yet; `mosaic summaries make CONVERSATION` asks for it");
    }
    for summary in summaries {
        output.raw(&one(output, summary))?;
    }
    Ok(())
}

fn one(output: Output, summary: &Summary) -> String {
    let title = summary
        .conversation_title
        .as_deref()
        .unwrap_or("(untitled)");
    let title = one_line(&printable(title), WIDTH);
    let kind = match summary.kind {
        SummaryKind::Session => "session",
        SummaryKind::Compaction => "compaction",
    };
    let time = local_time(summary.created_at);
    let facts = format!(
        "{time}  {kind}, turns {} to {}, by {}",
        summary.first_ordinal,
        summary.last_ordinal,
        printable(&summary.model)
    );
    let mut lines = vec![
        output.paint_data(Tone::Strong, &title),
        output.paint_data(Tone::Dim, &summary.conversation_id.to_string()),
        output.paint_data(Tone::Dim, &one_line(&facts, WIDTH)),
    ];
    let text = printable(summary.content.trim());
    for line in text.lines() {
        lines.extend(wrapped(line, WIDTH - INDENT.len()));
    }
    lines.push(String::new());
    lines.join("\n") + "\n"
}

/// A line broken between words, and within words that are longer than a line.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let (mut lines, mut current) = (Vec::new(), String::new());
    for word in line.split_whitespace() {
        let mut letters: Vec<char> = word.chars().collect();
        let taken = current.chars().count();
        if taken > 0 && taken + 1 + letters.len() > width {
            lines.push(format!("{INDENT}{current}"));
            current = String::new();
        }
        if !current.is_empty() {
            current.push(' ');
        }
        while letters.len() > width {
            let head: String = letters.drain(..width).collect();
            lines.push(format!("{INDENT}{head}"));
        }
        current.extend(letters);
    }
    if !current.is_empty() {
        lines.push(format!("{INDENT}{current}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let json = serde_json::json!({
            "id": "01890000-0000-7000-8000-000000000001",
            "conversationId": "01890000-0000-7000-8000-000000000002",
            "conversationTitle": "The garden in spring", "kind": "session",
            "firstOrdinal": 3, "lastOrdinal": 12,
            "content": "You planned the beds:\n- beans along the fence, because they climb, and pumpkins where the compost was last year\n- see https://example.com/a/very/long/address/that/does/not/fit/into/a/line/of/eighty/columns/at/all",
            "model": "ollama/llama3.2", "inputTokens": 900, "outputTokens": 60,
            "createdAt": "2026-01-02T03:04:05Z"});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_summary_is_read_whole_within_eighty_columns() {
        let shown = one(Output::new(false, true, 0), &summary());
        for line in shown.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        let (head, rest) = shown.split_once("session, ").unwrap();
        assert!(head.starts_with("The garden in spring\n01890000-0000-7000-8000-000000000002\n"));
        assert!(rest.starts_with("turns 3 to 12, by ollama/llama3.2\n  You planned the beds:\n"));
        assert!(rest.contains("  - beans along the fence, because they climb, and pumpkins where the compost\n  was last year\n"), "{rest}");
        let joined: String = rest.split_whitespace().collect();
        assert!(joined.contains("https://example.com/a/very/long/address/that/does/not/fit/into/a/line/of/eighty/columns/at/all"));
    }
}

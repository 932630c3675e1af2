//! Markdown as Telegram's HTML.
//!
//! Whatever the Markdown is, the HTML is well formed: every tag that is written is closed in its place, and every letter
//! that is no tag of ours is escaped. What is shown is never longer than the Markdown, so a text that was cut to the limit
//! stays within it.

mod inline;

use crate::chunk::fence::{Line, classify};
use inline::{escape, inline};

/// Stands for a text in which there is nothing to see.
const NOTHING: &str = "…";

/// Renders Markdown. Where nothing would be left to see, e.g. of a fence that was only just opened, the Markdown itself is
/// shown: the Bot API refuses empty texts.
pub(super) fn html(markdown: &str) -> String {
    let rendered = render(markdown);
    if markdown.is_empty() || shows_something(&rendered) {
        return rendered;
    }
    if markdown.chars().all(is_invisible) {
        return NOTHING.to_owned();
    }
    escape(markdown)
}

/// Whether anything stands between the tags.
fn shows_something(html: &str) -> bool {
    let mut outside = true;
    html.chars().any(|letter| {
        match letter {
            '<' => outside = false,
            '>' => outside = true,
            letter => return outside && !is_invisible(letter),
        }
        false
    })
}

/// Letters without a picture, of which the Bot API makes nothing.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn render(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + 64);
    let lines: Vec<&str> = markdown.split('\n').collect();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if at > 0 {
            out.push('\n');
        }
        at += block(&lines[at..], line.trim_end_matches('\r'), &mut out);
    }
    out
}

/// Writes the block that begins with the first line, and says how many lines it has.
fn block(lines: &[&str], line: &str, out: &mut String) -> usize {
    if let Line::Opens(fence) = classify(line, None) {
        let end = lines[1..]
            .iter()
            .position(|line| classify(line, Some(&fence)) == Line::Closes)
            .map_or(lines.len(), |position| position + 1);
        code_block(&lines[1..end].join("\n"), &fence.language, out);
        return (end + 1).min(lines.len());
    }
    if is_quote(line) {
        let count = lines.iter().take_while(|line| is_quote(line)).count();
        let quoted: Vec<String> = lines[..count]
            .iter()
            .map(|line| inline(unquoted(line)))
            .collect();
        out.push_str("<blockquote>");
        out.push_str(&quoted.join("\n"));
        out.push_str("</blockquote>");
        return count;
    }
    let rows = lines
        .iter()
        .take_while(|line| line.trim_start().starts_with('|'))
        .count();
    if rows >= 2 && is_ruler(lines[1]) {
        out.push_str("<pre>");
        out.push_str(&escape(&lines[..rows].join("\n")));
        out.push_str("</pre>");
        return rows;
    }
    text_line(line, out);
    1
}

fn code_block(code: &str, language: &str, out: &mut String) {
    if code.trim().is_empty() {
        out.push_str(&escape(code));
        return;
    }
    out.push_str("<pre>");
    if language.is_empty() {
        out.push_str(&escape(code));
    } else {
        out.push_str("<code class=\"language-");
        out.push_str(&escape(language));
        out.push_str("\">");
        out.push_str(&escape(code));
        out.push_str("</code>");
    }
    out.push_str("</pre>");
}

fn is_quote(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn unquoted(line: &str) -> &str {
    let text = line.trim_start().trim_start_matches('>');
    text.strip_prefix(' ').unwrap_or(text)
}

/// The line below the head of a table.
fn is_ruler(line: &str) -> bool {
    line.contains("--") && line.chars().all(|letter| "|-: \r".contains(letter))
}

fn text_line(line: &str, out: &mut String) {
    let body = line.trim_start();
    let indent = &line[..line.len() - body.len()];
    let hashes = body.len() - body.trim_start_matches('#').len();
    if (1..=6).contains(&hashes)
        && body[hashes..].starts_with(' ')
        && !body[hashes..].trim().is_empty()
    {
        out.push_str("<b>");
        out.push_str(&inline(body[hashes..].trim()));
        out.push_str("</b>");
        return;
    }
    let item = ["- ", "* ", "+ "]
        .iter()
        .find_map(|mark| body.strip_prefix(mark));
    out.push_str(indent);
    match item {
        Some(item) => {
            out.push_str("• ");
            out.push_str(&inline(item));
        }
        None => out.push_str(&inline(body)),
    }
}

#[cfg(test)]
mod tests;

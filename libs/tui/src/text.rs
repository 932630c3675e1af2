//! Pieces of text: what may reach a terminal, how wide it is there, and short forms of times and numbers.

use chrono::{DateTime, Utc};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// More marks than this on one character only serve to draw over its neighbours.
const MARKS: usize = 6;

/// What a model, a tool, a person or a gateway wrote, made harmless: no control character steers the terminal, nothing
/// turns the order of the text round, nothing invisible hides in it. Line breaks and tabs stay.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if matches!(c, '\n' | '\t') {
            clean.push(c);
        } else if matches!(c, '\u{2028}' | '\u{2029}') {
            clean.push('\n');
        } else if !c.is_control() && !is_invisible(c) {
            marks = if c.width() == Some(0) { marks + 1 } else { 0 };
            if marks <= MARKS {
                clean.push(c);
            }
        }
    }
    clean
}

/// Controls of direction, and characters of no width that join nothing. (Joiners and variation selectors belong to
/// scripts and emoji.)
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The same on one line; white space of any kind becomes a space.
#[must_use]
pub fn flat(text: &str) -> String {
    let clean = printable(text);
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns that text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// At most `columns` columns of a line; what is cut ends in `mark`.
#[must_use]
pub fn fit(text: &str, columns: usize, mark: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(mark));
    let mut used = 0;
    let mut kept = String::new();
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used > room {
            break;
        }
        kept.push_str(grapheme);
    }
    let kept = kept.trim_end();
    if columns >= width(mark) {
        format!("{kept}{mark}")
    } else {
        kept.to_owned()
    }
}

/// The end of an id, which tells it from others that were made at about the same time.
pub(crate) fn tail(id: impl std::fmt::Display) -> String {
    let id = id.to_string();
    id.rsplit('-').next().map(str::to_owned).unwrap_or(id)
}

/// A duration in few characters.
#[must_use]
pub fn duration(ms: u64) -> String {
    let (seconds, minutes, hours) = (ms / 1000, ms / 60_000, ms / 3_600_000);
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{seconds}.{} s", ms % 1000 / 100),
        60_000..3_600_000 => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

/// How long ago, in few characters.
#[must_use]
pub fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - then).num_minutes().max(0);
    match minutes {
        0 => "now".to_owned(),
        1..60 => format!("{minutes}m"),
        60..1_440 => format!("{}h", minutes / 60),
        1_440..43_200 => format!("{}d", minutes / 1_440),
        43_200..525_600 => format!("{}mo", minutes / 43_200),
        _ => format!("{}y", minutes / 525_600),
    }
}

/// A number of tokens in few characters.
#[must_use]
pub fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000 => format!("{}.{}k", count / 1_000, count % 1_000 / 100),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}.{}M", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\n\tc"), "a[2Jb\n\tc");
        assert_eq!(printable("a\u{9b}2Jb\r\u{7f}\u{0}"), "a2Jb");
        assert_eq!(printable("\x1b]52;c;aGk=\x07"), "]52;c;aGk=");
    }

    #[test]
    fn nothing_turns_the_order_of_the_text_round_or_hides_in_it() {
        let turned = "a\u{202a}\u{202e}b\u{2066}\u{2069}c \u{5d0}\u{200d}";
        assert_eq!(printable(turned), "abc \u{5d0}\u{200d}");
        assert_eq!(printable("pay\u{200b}pal\u{feff}\u{e0041}"), "paypal");
    }

    #[test]
    fn heaps_of_marks_are_cut_and_emoji_stay_whole() {
        let heap = format!("e{}x", "\u{301}".repeat(50));
        assert_eq!(printable(&heap).chars().count(), 2 + MARKS);
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        assert_eq!(printable(family), family);
    }

    #[test]
    fn lines_are_cut_by_columns() {
        assert_eq!(fit("日本語テキスト", 7, "…"), "日本語…");
        assert_eq!(fit("short", 7, "…"), "short");
        assert_eq!(fit("abcdef", 4, "..."), "a...");
    }

    #[test]
    fn short_forms_are_short() {
        let shown: Vec<String> = [12, 1_250, 61_000, 3_700_000]
            .into_iter()
            .map(duration)
            .collect();
        assert_eq!(shown, ["12 ms", "1.2 s", "1 min 1 s", "1 h 1 min"]);
        let shown: Vec<String> = [999, 1_234, 45_678, 1_250_000]
            .into_iter()
            .map(tokens)
            .collect();
        assert_eq!(shown, ["999", "1.2k", "45k", "1.2M"]);
        let then = DateTime::UNIX_EPOCH;
        let after = |minutes| ago(then, then + chrono::TimeDelta::minutes(minutes));
        assert_eq!(
            [after(0), after(59), after(61), after(3_000)],
            ["now", "59m", "1h", "2d"]
        );
    }
}

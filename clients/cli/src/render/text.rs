//! Pieces of text.

use chrono::{DateTime, Local, Utc};

/// One line of at most `width` characters; the rest is cut with a mark.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= width {
        return flat;
    }
    let cut: String = flat.chars().take(width.saturating_sub(3)).collect();
    format!("{}...", cut.trim_end())
}

/// A time as people on this machine read it.
pub(crate) fn local_time(time: DateTime<Utc>) -> String {
    time.with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// A duration in its two largest units.
pub(crate) fn duration(ms: u64) -> String {
    let (s, m, h) = (ms / 1000, ms / 60_000, ms / 3_600_000);
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", s, ms % 1000 / 100),
        60_000..3_600_000 => format!("{m} min {} s", s % 60),
        _ => format!("{h} h {} min", m % 60),
    }
}

/// Control characters of a model, a tool or a gateway must not steer the terminal, nor show text in another order than
/// it has.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control() && !is_bidi_control(*c))
        .collect()
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_to_a_line() {
        assert_eq!(one_line("a\nb  c", 80), "a b c");
        assert_eq!(one_line("abcdefghij", 8), "abcde...");
    }

    #[test]
    fn durations_are_short() {
        let shown: Vec<String> = [12, 1_250, 61_000, 3_700_000]
            .into_iter()
            .map(duration)
            .collect();
        assert_eq!(shown, ["12 ms", "1.2 s", "1 min 1 s", "1 h 1 min"]);
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\n"), "a[2Jb\n");
        assert_eq!(printable("a\u{9b}2Jb\r\u{7f}"), "a2Jb");
    }

    #[test]
    fn nothing_turns_the_order_of_the_text_round() {
        let turned = "a\u{202a}\u{202e}b\u{2066}\u{2069}c \u{5d0}\u{200d}";
        assert_eq!(printable(turned), "abc \u{5d0}\u{200d}");
    }
}

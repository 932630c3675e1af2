//! Pieces of text.

use chrono::{DateTime, Local, Utc};
pub(crate) use mosaic_tui::{duration, printable};

/// Text as a part of a line: what would begin another line, or another column, is a space.
pub(crate) fn flat(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

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

/// A time that may not be known.
pub(crate) fn time_or(time: Option<DateTime<Utc>>, otherwise: &str) -> String {
    time.map_or_else(|| otherwise.to_owned(), local_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_line_begins_no_other() {
        let forged = "x\r\nrun\tdone\u{2028}y\u{b}z";
        assert_eq!(flat(forged), "x run done yz");
    }

    #[test]
    fn long_text_is_cut_to_a_line() {
        assert_eq!(one_line("a\nb  c", 80), "a b c");
        assert_eq!(one_line("abcdefghij", 8), "abcde...");
    }
}

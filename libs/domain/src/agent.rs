//! Agents: who answers in a conversation.

/// The title a conversation gets from its first message: the first line, at most 60 characters, cut at a word.
#[must_use]
pub fn title_from(content: &str) -> String {
    const LIMIT: usize = 60;
    let line = content
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    if line.chars().count() <= LIMIT {
        return line.to_owned();
    }
    let head: String = line.chars().take(LIMIT).collect();
    let cut = head
        .rfind(char::is_whitespace)
        .filter(|at| *at > LIMIT / 2)
        .unwrap_or(head.len());
    format!("{}…", head[..cut].trim_end())
}

#[cfg(test)]
mod tests {
    use super::title_from;

    #[test]
    fn a_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(title_from("\n  Hello there\nmore"), "Hello there");
        let long = "word ".repeat(30);
        let title = title_from(&long);
        assert!(
            title.ends_with("word…") && title.chars().count() <= 61,
            "{title}"
        );
    }

    #[test]
    fn a_title_of_wide_characters_is_cut_between_characters() {
        assert_eq!(title_from(&"界".repeat(80)).chars().count(), 61);
    }
}

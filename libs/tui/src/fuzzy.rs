//! Finding by a few letters: which candidates hold them in order, the likeliest first.

/// How well `pattern` fits `text`: none when its letters are not in it in this order. Beginnings of words and letters in
/// a row count for more.
pub(crate) fn score(pattern: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut total = 0;
    let mut from = 0;
    let mut last: Option<usize> = None;
    for wanted in pattern.chars().filter(|c| !c.is_whitespace()) {
        let wanted = wanted.to_lowercase().next()?;
        let places = (from..text.len()).filter(|&at| text[at] == wanted);
        let (at, value) = places
            .map(|at| (at, value(&text, at, last)))
            .max_by_key(|&(at, value)| (value, std::cmp::Reverse(at)))?;
        total += value;
        (from, last) = (at + 1, Some(at));
    }
    let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
    Some(total - length / 16)
}

fn value(text: &[char], at: usize, last: Option<usize>) -> i32 {
    if at > 0 && last == Some(at - 1) {
        return 8;
    }
    let begins = at == 0 || !text[at - 1].is_alphanumeric();
    let distance = i32::try_from(at - last.map_or(0, |last| last + 1)).unwrap_or(i32::MAX);
    if begins {
        6 - distance.min(3)
    } else {
        1 - distance.min(8)
    }
}

/// The candidates that fit, the likeliest first; all of them, as they come, without a pattern.
pub(crate) fn filter<'a, T>(
    pattern: &str,
    candidates: impl IntoIterator<Item = T>,
    text: impl Fn(&T) -> String + 'a,
) -> Vec<T> {
    let scored = candidates.into_iter().filter_map(|candidate| {
        let score = score(pattern, &text(&candidate))?;
        Some((score, candidate))
    });
    let mut scored: Vec<(i32, T)> = scored.collect();
    if !pattern.trim().is_empty() {
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_words_win_over_letters_anywhere() {
        let found = filter("nc", ["launch", "New conversation", "increment"], |text| {
            (*text).to_owned()
        });
        assert_eq!(found[0], "New conversation");
        assert_eq!(score("xyz", "New conversation"), None);
    }

    #[test]
    fn without_a_pattern_everything_stays_as_it_was() {
        assert_eq!(
            filter("", ["b", "a"], |text| (*text).to_owned()),
            ["b", "a"]
        );
    }

    #[test]
    fn a_whole_name_wins_over_scattered_letters() {
        let found = filter("model", ["my old elephant", "/model"], |text| {
            (*text).to_owned()
        });
        assert_eq!(found[0], "/model");
    }
}

//! What is worth remembering: everything, but for pleasantries, which would only be found in place of something better.

/// Words of greetings, thanks and assent. A message of up to [`FEW`] words is not remembered if it has no other.
const PLEASANTRIES: [&str; 45] = [
    "ah", "alright", "bye", "cheers", "continue", "cool", "danke", "exactly", "fine", "go", "good",
    "goodbye", "great", "guten", "hallo", "hello", "hey", "hi", "hm", "hmm", "ja", "k", "lol",
    "morning", "nein", "nice", "no", "ok", "okay", "on", "perfect", "please", "right", "so",
    "sorry", "sure", "tag", "thank", "thanks", "there", "thx", "very", "welcome", "yes", "you",
];

/// Whoever says more says something.
const FEW: usize = 4;

/// Whether a text says anything that somebody may want to find again. Numbers, names and every word in a language other
/// than those above do.
pub(crate) fn worth_remembering(text: &str) -> bool {
    let mut words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .peekable();
    if words.peek().is_none() {
        return false;
    }
    let mut count = 0;
    for word in words {
        count += 1;
        if count > FEW || !PLEASANTRIES.contains(&word.to_lowercase().as_str()) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pleasantries_are_not_remembered() {
        for text in [
            "Hi!",
            "ok",
            "Thank you very, so…",
            "Yes please",
            "Good morning",
            "👍",
            "?!",
            " \n",
        ] {
            assert!(!worth_remembering(text), "{text:?}");
        }
    }

    #[test]
    fn whatever_says_something_is_remembered_however_short() {
        for text in [
            "42",
            "Rex",
            "hi, I am Ada",
            "no, Tuesday",
            "日本語",
            "yes yes yes yes yes",
        ] {
            assert!(worth_remembering(text), "{text:?}");
        }
    }
}

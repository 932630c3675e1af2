//! What a person told earlier in the conversation.

/// One fact.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// `my <thing> is <value>`.
    Attribute { thing: String, value: String },
    /// `remember that <note>`.
    Note(String),
}

/// The fact in a message, if it states one.
pub(super) fn fact(message: &str) -> Option<Fact> {
    let text = message.trim().trim_end_matches(['.', '!']);
    for opening in [
        "please remember",
        "remember",
        "don't forget",
        "do not forget",
        "note",
    ] {
        // A question asks for nothing to be kept.
        let note = after(text, opening).filter(|_| !text.ends_with('?'));
        if let Some(note) = note {
            let note = after(note, "that")
                .unwrap_or(note)
                .trim_start_matches([':', ',', ' ']);
            return match attribute(note) {
                Some(fact) => Some(fact),
                None => (!note.is_empty()).then(|| Fact::Note(note.to_owned())),
            };
        }
    }
    statements(text).find_map(attribute)
}

/// What a message asks to recall.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recall {
    /// `what is my <thing>?`
    Attribute(String),
    /// `what did I tell you?`
    Everything,
}

/// The recall in a message, if it asks for one.
pub(super) fn recall(message: &str) -> Option<Recall> {
    let text = message
        .trim()
        .trim_end_matches(['?', '.', '!', ' '])
        .to_lowercase();
    let everything = [
        "what did i tell you",
        "what have i told you",
        "what do you remember",
        "what did i say",
        "what do you know about me",
        "what did i ask you to remember",
        "do you remember what i",
    ];
    if everything.iter().any(|phrase| text.contains(phrase)) {
        return Some(Recall::Everything);
    }
    if text.contains("who am i") {
        return Some(Recall::Attribute("name".to_owned()));
    }
    let openings = [
        "what is my ",
        "what's my ",
        "whats my ",
        "what was my ",
        "do you remember my ",
        "do you know my ",
        "tell me my ",
    ];
    openings.iter().find_map(|opening| {
        let start = text.find(opening)? + opening.len();
        let rest = &text[start..];
        let end = rest.find([',', ';', '?', '.']).unwrap_or(rest.len());
        let thing = rest[..end].split(" and ").next().unwrap_or_default().trim();
        (!thing.is_empty()).then(|| Recall::Attribute(thing.to_owned()))
    })
}

/// The latest value of an attribute.
pub(super) fn attribute_of<'a>(
    messages: impl Iterator<Item = &'a str>,
    wanted: &str,
) -> Option<String> {
    messages
        .filter_map(fact)
        .filter_map(|fact| match fact {
            Fact::Attribute { thing, value } if thing == wanted => Some(value),
            _ => None,
        })
        .last()
}

fn attribute(sentence: &str) -> Option<Fact> {
    let sentence = sentence.trim().trim_end_matches(['.', '!', ',']);
    let found = |thing: &str, value: &str| {
        let value = value.trim();
        let short = !value.is_empty() && value.chars().count() <= 200;
        short.then(|| Fact::Attribute {
            thing: thing.to_lowercase(),
            value: value.to_owned(),
        })
    };
    if let Some(name) = after(sentence, "call me") {
        return found("name", name);
    }
    // The statement may follow a greeting: `Hi, my name is Ada`.
    let start = word(sentence, "my")?;
    let rest = &sentence[start + "my".len()..];
    let (thing, value) = split_at_word(rest, "is")?;
    let thing = thing.trim();
    let plausible = !thing.is_empty() && thing.split_whitespace().count() <= 4;
    if plausible { found(thing, value) } else { None }
}

/// The sentences that state something: a question does not.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['\n', '!', ';', '?'])
        .flat_map(|part| part.split(". "))
        .filter(|sentence| !sentence.trim_end().ends_with('?'))
        .map(|sentence| sentence.trim_end_matches(['\n', '!', ';']))
}

/// The rest of a text that begins with these words, whatever their case.
fn after<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    let head = text.get(..opening.len())?;
    let rest = &text[opening.len()..];
    let ends = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
    (head.eq_ignore_ascii_case(opening) && ends).then(|| rest.trim_start())
}

/// Where a word stands, whatever its case.
fn word(text: &str, wanted: &str) -> Option<usize> {
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.char_indices().map(|(at, _)| at).find(|&at| {
        text[at..]
            .get(..wanted.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(wanted))
            && boundary(text[..at].chars().next_back())
            && boundary(text[at + wanted.len()..].chars().next())
    })
}

fn split_at_word<'a>(text: &'a str, wanted: &str) -> Option<(&'a str, &'a str)> {
    let at = word(text, wanted)?;
    Some((&text[..at], &text[at + wanted.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(message: &str, thing: &str, value: &str) {
        let expected = Fact::Attribute {
            thing: thing.into(),
            value: value.into(),
        };
        assert_eq!(fact(message), Some(expected), "{message}");
    }

    #[test]
    fn facts_are_found_where_people_state_them() {
        states("My name is Ada Lovelace.", "name", "Ada Lovelace");
        states("Hi! my name is Ada", "name", "Ada");
        states("call me Ishmael", "name", "Ishmael");
        states("Remember that my dog is Rex", "dog", "Rex");
        states("my favourite colour is Grün", "favourite colour", "Grün");
        assert_eq!(
            fact("please remember: the key is under the mat"),
            Some(Fact::Note("the key is under the mat".into()))
        );
        assert_eq!(fact("what is my name?"), None);
        assert_eq!(fact("remembering is hard"), None);
        assert_eq!(fact("Ünïcödé my"), None);
    }

    #[test]
    fn recall_is_recognised_and_the_latest_value_counts() {
        assert_eq!(
            recall("What is my name?"),
            Some(Recall::Attribute("name".into()))
        );
        assert_eq!(recall("what did I tell you?"), Some(Recall::Everything));
        assert_eq!(recall("my name is Ada"), None);
        let said = ["my name is Ada", "no, my name is Grace", "ok"];
        assert_eq!(
            attribute_of(said.into_iter(), "name").as_deref(),
            Some("Grace")
        );
    }
}

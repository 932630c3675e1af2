//! Answering with what the prompt reminds of: by the words that question and memory share.

use super::memory;
use crate::reminder::Reminder;

/// Words that say nothing about what is asked.
const IDLE: [&str; 47] = [
    "a", "about", "again", "an", "and", "any", "are", "can", "could", "did", "do", "does", "for",
    "from", "have", "how", "i", "in", "is", "it", "know", "me", "my", "of", "on", "or", "please",
    "remember", "tell", "that", "the", "to", "told", "was", "were", "what", "whats", "when",
    "where", "which", "who", "why", "with", "would", "you", "your", "yours",
];

/// What somebody was told of themselves, as far as the reminders state it.
pub(super) fn attribute(reminders: &[Reminder], thing: &str) -> Option<String> {
    let found = by_person(reminders).find_map(|reminder| {
        let said = std::iter::once(reminder.text.as_str());
        Some((memory::attribute_of(said, thing)?, reminder))
    });
    found.map(|(value, reminder)| format!("Your {thing} is {value}. {}", source(reminder)))
}

/// The reminder that shares most words with the question, with its source.
pub(super) fn best(reminders: &[Reminder], question: &str) -> Option<String> {
    let asked = words(question);
    let shared = |reminder: &Reminder| {
        let said = words(&reminder.text);
        asked.iter().filter(|word| said.contains(word)).count()
    };
    // The first of equals is the most fitting by the search.
    let mut best: Option<(usize, &Reminder)> = None;
    for reminder in reminders.iter().filter(|one| !is_question(&one.text)) {
        let count = shared(reminder);
        if count > best.map_or(0, |(most, _)| most) {
            best = Some((count, reminder));
        }
    }
    best.map(|(_, reminder)| {
        format!(
            "I remember: “{}” {}",
            reminder.text.trim(),
            source(reminder)
        )
    })
}

/// Everything that the person said, one a line.
pub(super) fn everything(reminders: &[Reminder]) -> Vec<String> {
    by_person(reminders)
        .filter(|reminder| !is_question(&reminder.text))
        .map(|reminder| format!("- “{}” {}", reminder.text.trim(), source(reminder)))
        .collect()
}

fn by_person(reminders: &[Reminder]) -> impl Iterator<Item = &Reminder> {
    reminders.iter().filter(|one| one.said_by == "user")
}

fn source(reminder: &Reminder) -> String {
    format!("(from {}, {})", reminder.source, reminder.on)
}

fn is_question(text: &str) -> bool {
    text.trim_end().ends_with('?')
}

/// The words that matter, cut to what plural and singular share.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !IDLE.contains(word))
        .map(|word| word.strip_suffix('s').unwrap_or(word).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reminder(text: &str, said_by: &str) -> Reminder {
        Reminder {
            text: text.into(),
            said_by: said_by.into(),
            on: "2026-11-20".into(),
            source: "conversation \"Pets\" (1)".into(),
        }
    }

    #[test]
    fn the_memory_that_shares_most_words_answers_with_its_source() {
        let all = [
            reminder("What is my dog called?", "user"),
            reminder("We have two cats.", "user"),
            reminder("The dog is called Rex", "user"),
        ];
        let answer = best(&all, "What was the dog called again?").unwrap();
        assert_eq!(
            answer,
            "I remember: “The dog is called Rex” (from conversation \"Pets\" (1), 2026-11-20)"
        );
        assert!(best(&all, "Any cat?").unwrap().contains("two cats"));
        assert_eq!(best(&all, "Where is my car?"), None);
    }

    #[test]
    fn an_attribute_is_taken_from_what_the_person_said() {
        let all = [
            reminder("Your name is Bob.", "assistant"),
            reminder("Hi, my name is Ada.", "user"),
        ];
        assert!(
            attribute(&all, "name")
                .unwrap()
                .starts_with("Your name is Ada.")
        );
        assert_eq!(attribute(&all, "shoe size"), None);
        assert_eq!(everything(&all).len(), 1);
    }
}

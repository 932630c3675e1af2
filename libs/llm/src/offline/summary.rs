//! Summaries without a model: the first sentences of what was said, and it says so.

use crate::CompletionRequest;
use crate::summary::{SummaryLine, SummaryTask, lines_of};

const HONESTY: &str =
    "Extract by the offline assistant, which has no language model: how each message began.";
const LEFT_OUT: &str = "- (earlier messages left out)";
/// How much is taken of a message of a person, and of one of the assistant.
const SAID: usize = 240;
const ANSWERED: usize = 120;
const TITLE: usize = 60;
/// Sentences that tell a session.
const SESSION_SENTENCES: usize = 4;
/// Characters of an extract when nothing was said about its length, and for each token that it may have.
const USUAL: usize = 4_000;
const PER_TOKEN: usize = 3;

/// The extract that a request for a summary gets; none if it is no such request.
pub(super) fn extract(request: &CompletionRequest) -> Option<String> {
    let task = SummaryTask::of(request)?;
    let lines = lines_of(request);
    let room = request
        .max_tokens
        .and_then(|tokens| usize::try_from(tokens).ok());
    let room = room.map_or(USUAL, |tokens| tokens * PER_TOKEN);
    Some(match task {
        SummaryTask::Compaction => compaction(&lines, room),
        SummaryTask::Session => session(&lines),
    })
}

/// What somebody said, of the items of an extract.
pub(super) fn said(summary: &str) -> impl Iterator<Item = &str> {
    summary
        .lines()
        .filter_map(|line| line.strip_prefix("- user: "))
}

fn compaction(lines: &[SummaryLine], room: usize) -> String {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match line.by.as_str() {
            "summary" => items.extend(carried(&line.text)),
            by => items.push(format!("- {by}: {}", beginning(&line.text, most(by)))),
        }
    }
    let mut left = room.saturating_sub(HONESTY.len() + LEFT_OUT.len());
    let mut first = items.len();
    while first > 0 && items[first - 1].len() < left {
        left -= items[first - 1].len() + 1;
        first -= 1;
    }
    let mut text = vec![HONESTY.to_owned()];
    if first > 0 {
        text.push(LEFT_OUT.to_owned());
    }
    text.extend(items.split_off(first));
    text.join("\n")
}

/// The items of an earlier extract; of a summary that a model wrote, its lines.
fn carried(summary: &str) -> Vec<String> {
    let lines = summary.lines().map(str::trim_end);
    lines
        .filter(|line| !line.is_empty() && *line != HONESTY && *line != LEFT_OUT)
        .map(|line| {
            if line.starts_with("- ") {
                line.to_owned()
            } else {
                format!("- {line}")
            }
        })
        .collect()
}

fn session(lines: &[SummaryLine]) -> String {
    let asked: Vec<&SummaryLine> = lines.iter().filter(|line| line.by == "user").collect();
    let title = asked.first().map_or_else(
        || "Conversation".to_owned(),
        |line| beginning(&line.text, TITLE),
    );
    let mut text = vec![title, String::new(), HONESTY.to_owned()];
    let told = asked.iter().take(SESSION_SENTENCES);
    text.extend(told.map(|line| format!("- {}", beginning(&line.text, SAID))));
    if asked.len() > SESSION_SENTENCES {
        text.push(format!("- and {} more", asked.len() - SESSION_SENTENCES));
    }
    text.join("\n")
}

fn most(by: &str) -> usize {
    if by == "user" { SAID } else { ANSWERED }
}

/// The first sentence, cut where it is too long.
fn beginning(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = [". ", "! ", "? "]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    let sentence = end.map_or(text.as_str(), |end| &text[..=end]);
    if sentence.chars().count() <= most {
        return sentence.to_owned();
    }
    let cut: String = sentence.chars().take(most).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(by: &str, text: &str) -> SummaryLine {
        SummaryLine {
            by: by.into(),
            text: text.into(),
        }
    }

    fn asked(task: SummaryTask, lines: &[SummaryLine], tokens: u32) -> String {
        extract(&task.request("offline", lines, tokens)).unwrap()
    }

    #[test]
    fn an_extract_says_what_it_is_and_folds_in_the_one_before() {
        let first = asked(
            SummaryTask::Compaction,
            &[
                line("user", "My name is Ada. I like tea."),
                line("assistant", "Nice to meet you!"),
            ],
            500,
        );
        assert!(first.starts_with(HONESTY), "{first}");
        let second = asked(
            SummaryTask::Compaction,
            &[line("summary", &first), line("user", "What time is it?")],
            500,
        );
        let told: Vec<&str> = said(&second).collect();
        assert_eq!(told, ["My name is Ada.", "What time is it?"]);
        assert_eq!(second.matches(HONESTY).count(), 1);
    }

    #[test]
    fn an_extract_is_bounded_and_says_that_something_was_left_out() {
        let lines: Vec<_> = (0..100)
            .map(|n| line("user", &format!("Fact {n}.")))
            .collect();
        let extract = asked(SummaryTask::Compaction, &lines, 100);
        assert!(extract.len() <= 300, "{}", extract.len());
        assert!(
            extract.contains(LEFT_OUT) && extract.ends_with("Fact 99."),
            "{extract}"
        );
    }

    #[test]
    fn a_session_gets_a_title_and_its_first_sentences() {
        let lines = [
            line("user", "Plan my trip to Rome. In May."),
            line("assistant", "Gladly."),
        ];
        let session = asked(SummaryTask::Session, &lines, 500);
        assert!(
            session.starts_with("Plan my trip to Rome.\n\n"),
            "{session}"
        );
        assert!(session.contains(HONESTY));
    }
}

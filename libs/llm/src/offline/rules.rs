//! The rules, in the order in which they are tried.

use super::conversation::{fresh_results, has_spoken, last_user, user_messages};
use super::memory::{self, Fact, Recall};
use super::{Reply, arithmetic, reminded, summary, tools};
use crate::reminder::{Reminder, reminders_in};
use crate::summary::summary_in;
use crate::{ChatMessage, CompletionRequest, ToolCall};

const INTRODUCTION: &str =
    "I am Mosaic's offline assistant: I answer by simple rules, without a language model.";
const ABILITIES: &str = "I can calculate (\"what is 17 * 23?\"), tell the time and date, and remember what you tell me (\"my name is …\", \"remember that …\").";
const CONFIGURE: &str = "For real answers configure a provider: set ANTHROPIC_API_KEY or OPENAI_API_KEY, or providers.ollama.base_url for a local model, and start again.";

/// What to answer to the conversation.
pub(super) fn reply(request: &CompletionRequest) -> Reply {
    if let Some(text) = summary::extract(request) {
        let calls = Vec::new();
        return Reply { text, calls };
    }
    let results = fresh_results(&request.messages);
    let told: Vec<_> = results.iter().map(tools::phrase).collect();
    let told = told.join("\n");
    if !told.is_empty() && !matches!(request.messages.last(), Some(ChatMessage::User { .. })) {
        return say(request, &told);
    }
    let message = last_user(&request.messages);
    let calls = wanted_calls(request, message);
    if !calls.is_empty() {
        // A person went on talking while tools ran: their results are told before new ones are asked for.
        let text = if told.is_empty() {
            told
        } else {
            introduced(request, &told)
        };
        return Reply { text, calls };
    }
    let answer = answer(request, message);
    let text = if told.is_empty() {
        answer
    } else {
        format!("{told}\n\n{answer}")
    };
    say(request, &text)
}

fn say(request: &CompletionRequest, text: &str) -> Reply {
    Reply {
        text: introduced(request, text),
        calls: Vec::new(),
    }
}

/// It says what it is in its first answer.
fn introduced(request: &CompletionRequest, text: &str) -> String {
    if has_spoken(&request.messages) || !summary_in(&request.system).is_empty() {
        text.to_owned()
    } else {
        format!("{INTRODUCTION}\n\n{text}")
    }
}

fn wanted_calls(request: &CompletionRequest, message: &str) -> Vec<ToolCall> {
    // A fact may hold digits or the word "time" without asking for anything.
    if memory::fact(message).is_some() || memory::recall(message).is_some() {
        return Vec::new();
    }
    let mut calls = Vec::new();
    if let Some(calculator) = tools::find(&request.tools, tools::CALCULATOR) {
        let expressions = arithmetic::expressions(message);
        calls.extend(
            expressions
                .iter()
                .map(|it| tools::calculate(calculator, it)),
        );
    }
    if let Some(clock) = tools::find(&request.tools, tools::CLOCK).filter(|_| asks_time(message)) {
        calls.push(tools::tell_time(clock, message));
    }
    calls
}

fn answer(request: &CompletionRequest, message: &str) -> String {
    let reminders = reminders_in(&request.system);
    if let Some(recall) = memory::recall(message) {
        return recalled(request, &recall, &reminders, message);
    }
    match memory::fact(message) {
        Some(Fact::Attribute { thing, value }) if thing == "name" => {
            return format!(
                "Nice to meet you, {value}. I will remember your name in this conversation."
            );
        }
        Some(Fact::Attribute { thing, value }) => {
            return format!("I will remember in this conversation that your {thing} is {value}.");
        }
        Some(Fact::Note(note)) => {
            return format!("I will remember in this conversation: {note}.");
        }
        None => {}
    }
    if asks_time(message) || !arithmetic::expressions(message).is_empty() {
        return "I would need a tool for that, and this conversation has none that fits."
            .to_owned();
    }
    small_talk(message)
        .or_else(|| reminded::best(&reminders, message))
        .unwrap_or_else(|| {
            format!("I do not understand that: it needs a language model. {ABILITIES} {CONFIGURE}")
        })
}

fn small_talk(message: &str) -> Option<String> {
    let words = words(message);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let text = words.join(" ");
    let is_help = has(&["help"])
        || [
            "what can you do",
            "who are you",
            "what are you",
            "how do you work",
        ]
        .iter()
        .any(|phrase| text.contains(phrase));
    if is_help {
        return Some(format!("{ABILITIES} {CONFIGURE}"));
    }
    let is_short = words.len() <= 6;
    if is_short
        && has(&[
            "hello",
            "hi",
            "hey",
            "greetings",
            "morning",
            "afternoon",
            "evening",
            "hallo",
        ])
    {
        return Some(format!("Hello! {ABILITIES}"));
    }
    if is_short && has(&["thanks", "thank", "thx"]) {
        return Some("You are welcome.".to_owned());
    }
    (is_short && has(&["bye", "goodbye"])).then(|| "Goodbye!".to_owned())
}

/// What was told in this conversation, else in another.
fn recalled(
    request: &CompletionRequest,
    recall: &Recall,
    reminders: &[Reminder],
    question: &str,
) -> String {
    let earlier = summary_in(&request.system);
    let told = summary::said(&earlier).chain(user_messages(&request.messages));
    match recall {
        Recall::Attribute(thing) => match memory::attribute_of(told, thing) {
            Some(value) => format!("Your {thing} is {value}."),
            None => reminded::attribute(reminders, thing)
                .or_else(|| reminded::best(reminders, question))
                .unwrap_or_else(|| {
                    format!("You have not told me your {thing}, as far as I remember.")
                }),
        },
        Recall::Everything => {
            let facts: Vec<_> = told
                .filter_map(memory::fact)
                .map(|fact| match fact {
                    Fact::Attribute { thing, value } => format!("- your {thing} is {value}"),
                    Fact::Note(note) => format!("- {note}"),
                })
                .collect();
            let facts = if facts.is_empty() {
                reminded::everything(reminders)
            } else {
                facts
            };
            if facts.is_empty() {
                "You have not told me anything to remember in this conversation.".to_owned()
            } else {
                format!("You told me:\n{}", facts.join("\n"))
            }
        }
    }
}

fn asks_time(message: &str) -> bool {
    let text = words(message).join(" ");
    let phrases = [
        "what time",
        "what is the time",
        "whats the time",
        "current time",
        "the time now",
        "tell me the time",
        "what day",
        "what date",
        "what is the date",
        "whats the date",
        "todays date",
        "current date",
        "date today",
        "which day",
        "what year",
        "what month",
        "time is it",
        "time and date",
        "date and time",
    ];
    phrases.iter().any(|phrase| text.contains(phrase))
}

fn words(message: &str) -> Vec<String> {
    message
        .to_lowercase()
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

//! How the rules use tools and put their results into words.

use serde_json::{Value, json};

use super::conversation::Answered;
use crate::{ToolCall, ToolDefinition, tool_arguments};

pub(super) const CALCULATOR: &str = "calculator";
pub(super) const CLOCK: &str = "clock";

/// A tool by name, if it is offered.
pub(super) fn find<'a>(tools: &'a [ToolDefinition], name: &str) -> Option<&'a ToolDefinition> {
    tools.iter().find(|tool| tool.name == name)
}

/// A call of the calculator with one expression.
pub(super) fn calculate(tool: &ToolDefinition, expression: &str) -> ToolCall {
    call(tool, json!({text_parameter(tool): expression}))
}

/// A call of the clock, for the time zone that the message names if it names one.
pub(super) fn tell_time(tool: &ToolDefinition, message: &str) -> ToolCall {
    let knows_zones = tool.parameters["properties"].get("timezone").is_some();
    let place = time_zone(message).or_else(|| place(message));
    match place.filter(|_| knows_zones) {
        Some(zone) => call(tool, json!({"timezone": zone})),
        None => call(tool, json!({})),
    }
}

/// A name like `Europe/Vienna`.
fn time_zone(message: &str) -> Option<&str> {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c))
    };
    message
        .split(|c: char| c.is_whitespace() || "?!,;()\"'".contains(c))
        .map(|word| word.trim_end_matches('.'))
        .find(|word| word.contains('/') && word.split('/').all(is_part))
}

/// The place of `… time is it in Tokyo`: the capitalised words after `in`.
fn place(message: &str) -> Option<&str> {
    let rest = message.split_once(" in ")?.1.trim_start();
    let end = rest
        .split_inclusive(char::is_whitespace)
        .take_while(|word| word.starts_with(|c: char| c.is_uppercase()))
        .map(str::len)
        .sum();
    let place = rest[..end].trim_end_matches(|c: char| !c.is_alphanumeric());
    (!place.is_empty()).then_some(place)
}

fn call(tool: &ToolDefinition, arguments: Value) -> ToolCall {
    ToolCall {
        id: tool_arguments::new_id(),
        name: tool.name.clone(),
        arguments,
    }
}

/// The schema says what the expression's parameter is called.
fn text_parameter(tool: &ToolDefinition) -> &str {
    const USUAL: &str = "expression";
    let properties = tool.parameters["properties"].as_object();
    if properties.is_none_or(|properties| properties.contains_key(USUAL)) {
        return USUAL;
    }
    let required = tool.parameters["required"].as_array();
    required
        .and_then(|names| names.first())
        .and_then(Value::as_str)
        .unwrap_or(USUAL)
}

/// One sentence for one result.
pub(super) fn phrase(answered: &Answered<'_>) -> String {
    let Answered {
        call,
        content,
        is_error,
    } = answered;
    let value = gist(content);
    match (call.name.as_str(), is_error) {
        (CALCULATOR, false) => format!("{} = {value}", asked(call)),
        (CALCULATOR, true) => format!("I could not calculate {}: {value}", asked(call)),
        (CLOCK, false) => format!("It is {value}."),
        (name, false) => format!("The tool {name} says: {value}"),
        (name, true) => format!("The tool {name} failed: {value}"),
    }
}

fn asked(call: &ToolCall) -> &str {
    let first = call
        .arguments
        .as_object()
        .and_then(|arguments| arguments.values().next());
    first.and_then(Value::as_str).unwrap_or("that")
}

/// The part of a result that answers the question: tools may wrap it into an object.
fn gist(content: &str) -> String {
    const TELLING: [&str; 8] = [
        "result", "value", "answer", "text", "local", "now", "time", "utc",
    ];
    let Ok(Value::Object(fields)) = serde_json::from_str(content) else {
        return content.trim().to_owned();
    };
    match TELLING.iter().find_map(|name| fields.get(*name)) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => content.trim().to_owned(),
        Some(other) => other.to_string(),
    }
}

//! What the real service refuses is refused here.

use std::collections::HashSet;

use serde_json::Value;

use crate::model_server::protocol::{Call, Problem, Protocol};

/// The parameters that exist, as far as clients use them.
const PARAMETERS: [&str; 24] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "n",
    "stop",
    "seed",
    "user",
    "response_format",
    "reasoning_effort",
    "presence_penalty",
    "frequency_penalty",
    "logprobs",
    "top_logprobs",
    "metadata",
    "store",
    "service_tier",
];

pub(in crate::model_server) fn read(body: &Value) -> Result<Call, Problem> {
    let fields = body
        .as_object()
        .ok_or_else(|| invalid("the body must be an object"))?;
    if let Some(unknown) = fields
        .keys()
        .find(|name| !PARAMETERS.contains(&name.as_str()))
    {
        return Err(invalid(&format!(
            "Unrecognized request argument supplied: {unknown}"
        )));
    }
    let model = body["model"].as_str().filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| invalid("you must provide a model parameter"))?;
    let streams = match &body["stream"] {
        Value::Null => false,
        Value::Bool(streams) => *streams,
        _ => return Err(invalid("'stream' must be a boolean")),
    };
    if !body["stream_options"].is_null() && !streams {
        return Err(invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        ));
    }
    numbers(body)?;
    tools(&body["tools"])?;
    let messages = body["messages"]
        .as_array()
        .filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| invalid("'messages' must be a non-empty array"))?;
    let reading = conversation(messages)?;
    Ok(Call {
        protocol: Protocol::Openai,
        model: model.to_owned(),
        streams,
        last_user: reading.last_user,
        last_result: reading.last_result,
        step: reading.step,
    })
}

#[derive(Default)]
struct Reading {
    last_user: String,
    last_result: Option<String>,
    step: usize,
    /// Calls of the last assistant message that have no result yet.
    open: HashSet<String>,
}

fn conversation(messages: &[Value]) -> Result<Reading, Problem> {
    let mut reading = Reading::default();
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages[{index}]");
        let role = message["role"].as_str().unwrap_or_default();
        if role != "tool" && !reading.open.is_empty() {
            return Err(invalid(&format!(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id' ({at})"
            )));
        }
        reading.last_result = None;
        match role {
            "system" | "developer" => drop(text(&message["content"], &at)?),
            "user" => {
                reading.last_user = text(&message["content"], &at)?;
                reading.step = 0;
            }
            "assistant" => {
                reading.open = assistant(message, &at)?;
                reading.step += 1;
            }
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap_or_default();
                if !reading.open.remove(id) {
                    return Err(invalid(&format!(
                        "{at}: messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
                    )));
                }
                reading.last_result = Some(text(&message["content"], &at)?);
            }
            other => return Err(invalid(&format!("{at}: invalid role '{other}'"))),
        }
    }
    if reading.open.is_empty() {
        Ok(reading)
    } else {
        Err(invalid(
            "the last assistant message has 'tool_calls' without tool messages",
        ))
    }
}

/// The ids of the calls of an assistant message.
fn assistant(message: &Value, at: &str) -> Result<HashSet<String>, Problem> {
    let calls = match &message["tool_calls"] {
        Value::Null => &[][..],
        Value::Array(calls) if !calls.is_empty() => calls,
        _ => {
            return Err(invalid(&format!(
                "{at}.tool_calls must be a non-empty array"
            )));
        }
    };
    if message["content"].is_null() {
        if calls.is_empty() {
            return Err(invalid(&format!("{at}.content is null without tool_calls")));
        }
    } else {
        text(&message["content"], at)?;
    }
    calls.iter().map(|call| tool_call(call, at)).collect()
}

fn tool_call(call: &Value, at: &str) -> Result<String, Problem> {
    let id = call["id"].as_str().filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| invalid(&format!("{at}: a tool call has no id")))?;
    if call["type"] != "function" || !call["function"]["name"].is_string() {
        return Err(invalid(&format!(
            "{at}: a tool call must be a function with a name"
        )));
    }
    let arguments = call["function"]["arguments"].as_str();
    let arguments = arguments.and_then(|text| serde_json::from_str::<Value>(text).ok());
    if !arguments.is_some_and(|arguments| arguments.is_object()) {
        return Err(invalid(&format!(
            "{at}: arguments must be an object as JSON text"
        )));
    }
    Ok(id.to_owned())
}

fn text(content: &Value, at: &str) -> Result<String, Problem> {
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) if !parts.is_empty() => Ok(parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect()),
        _ => Err(invalid(&format!(
            "{at}.content must be a string or an array of parts"
        ))),
    }
}

fn numbers(body: &Value) -> Result<(), Problem> {
    for name in ["max_tokens", "max_completion_tokens"] {
        let limit = &body[name];
        if !limit.is_null() && limit.as_u64().is_none_or(|limit| limit == 0) {
            return Err(invalid(&format!("'{name}' must be a positive integer")));
        }
    }
    let temperature = &body["temperature"];
    let fits = temperature
        .as_f64()
        .is_some_and(|value| (0.0..=2.0).contains(&value));
    if temperature.is_null() || fits {
        Ok(())
    } else {
        Err(invalid("'temperature' must be between 0 and 2"))
    }
}

fn tools(tools: &Value) -> Result<(), Problem> {
    let tools = match tools {
        Value::Null => return Ok(()),
        Value::Array(tools) if !tools.is_empty() => tools,
        _ => return Err(invalid("'tools' must be a non-empty array")),
    };
    let well_formed = |tool: &Value| {
        let function = &tool["function"];
        tool["type"] == "function"
            && function["name"].as_str().is_some_and(is_tool_name)
            && (function["parameters"].is_null() || function["parameters"].is_object())
    };
    match tools.iter().position(|tool| !well_formed(tool)) {
        None => Ok(()),
        Some(index) => Err(invalid(&format!(
            "tools[{index}] is not a function with a valid name and parameters"
        ))),
    }
}

fn is_tool_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(allowed)
}

fn invalid(message: &str) -> Problem {
    Problem::invalid(message)
}

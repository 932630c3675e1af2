//! Ollama's chat API.

use serde_json::{Value, json};

use super::content::Content;
use super::protocol::{Call, Problem, Protocol, Rendered};
use super::script::Turn;

pub(super) fn stream(turn: &Turn, call: &Call, number: u64) -> Rendered {
    let content = Content::new(turn, call, "call", number);
    let line = |message: Value| format!("{}\n", part(call, &message));
    let thinking = content
        .thinking
        .iter()
        .map(|text| line(json!({"role": "assistant", "content": "", "thinking": text})));
    let text = content
        .text
        .iter()
        .map(|text| line(json!({"role": "assistant", "content": text})));
    let calls = content
        .calls
        .iter()
        .zip(&turn.tool_calls)
        .map(|(tool, scripted)| {
            line(
                json!({"role": "assistant", "content": "", "tool_calls": [tool_call(
                    &tool.name,
                    // It sends parsed arguments; only a script can make it send text.
                    scripted.raw_arguments.as_ref().map_or(&tool.arguments, |_| &Value::Null),
                    scripted.raw_arguments.as_deref(),
                )]}),
            )
        });
    let chunks = thinking.chain(text).chain(calls).collect();
    let mut last = part(call, &json!({"role": "assistant", "content": ""}));
    finish(&mut last, turn, &content);
    Rendered {
        opening: String::new(),
        chunks,
        closing: format!("{last}\n"),
    }
}

pub(super) fn whole(turn: &Turn, call: &Call, number: u64) -> Value {
    let content = Content::new(turn, call, "call", number);
    let mut message = json!({"role": "assistant", "content": content.text.concat()});
    if !content.thinking.is_empty() {
        message["thinking"] = json!(content.thinking.concat());
    }
    let calls = content
        .calls
        .iter()
        .map(|tool| tool_call(&tool.name, &tool.arguments, None));
    let calls: Vec<Value> = calls.collect();
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    let mut answer = part(call, &message);
    finish(&mut answer, turn, &content);
    answer
}

fn tool_call(name: &str, arguments: &Value, raw: Option<&str>) -> Value {
    let arguments = raw.map_or_else(|| arguments.clone(), |raw| json!(raw));
    json!({"function": {"name": name, "arguments": arguments}})
}

fn part(call: &Call, message: &Value) -> Value {
    json!({
        "model": call.model, "created_at": "2026-01-01T00:00:00Z", "message": message,
        "done": false,
    })
}

fn finish(answer: &mut Value, turn: &Turn, content: &Content) {
    answer["done"] = json!(true);
    answer["done_reason"] = json!(turn.finish.as_deref().unwrap_or("stop"));
    // Ollama counts its whole prompt; it tells nothing about its cache.
    let usage = content.usage;
    answer["prompt_eval_count"] = json!(usage.input + usage.cache_read + usage.cache_write);
    answer["eval_count"] = json!(usage.output);
    for duration in [
        "total_duration",
        "load_duration",
        "prompt_eval_duration",
        "eval_duration",
    ] {
        answer[duration] = json!(1);
    }
}

/// Ollama itself forgives much; what makes a model answer nonsense is refused here nevertheless.
pub(super) fn read(body: &Value) -> Result<Call, Problem> {
    let model = body["model"].as_str().filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| Problem::invalid("model is required"))?;
    let messages = body["messages"]
        .as_array()
        .filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| Problem::invalid("messages are required"))?;
    if !matches!(
        &body["think"],
        Value::Null | Value::Bool(_) | Value::String(_)
    ) {
        return Err(Problem::invalid("think must be a boolean or a level"));
    }
    if !matches!(&body["options"], Value::Null | Value::Object(_)) {
        return Err(Problem::invalid("options must be an object"));
    }
    let tools = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    if tools
        .iter()
        .any(|tool| tool["type"] != "function" || !tool["function"]["name"].is_string())
    {
        return Err(Problem::invalid("tools must be functions with names"));
    }
    let mut call = Call {
        protocol: Protocol::Ollama,
        model: model.to_owned(),
        // Unlike the others it streams unless told not to.
        streams: body["stream"].as_bool().unwrap_or(true),
        last_user: String::new(),
        last_result: None,
        step: 0,
    };
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        message_into(&mut call, &mut open, message)
            .map_err(|reason| Problem::invalid(format!("messages[{index}]: {reason}")))?;
    }
    Ok(call)
}

fn message_into<'a>(
    call: &mut Call,
    open: &mut Vec<&'a str>,
    message: &'a Value,
) -> Result<(), &'static str> {
    let content = match &message["content"] {
        Value::Null => "",
        Value::String(content) => content,
        _ => return Err("content must be a string"),
    };
    call.last_result = None;
    match message["role"].as_str() {
        Some("system") => {}
        Some("user") => {
            content.clone_into(&mut call.last_user);
            call.step = 0;
        }
        Some("assistant") => {
            call.step += 1;
            open.clear();
            for tool in message["tool_calls"].as_array().into_iter().flatten() {
                if !tool["function"]["arguments"].is_object() {
                    return Err("arguments of a tool call must be an object");
                }
                open.push(
                    tool["function"]["name"]
                        .as_str()
                        .ok_or("a tool call has no name")?,
                );
            }
        }
        Some("tool") => {
            let name = message["tool_name"]
                .as_str()
                .ok_or("a tool message needs tool_name")?;
            let position = open.iter().position(|called| *called == name);
            open.remove(position.ok_or("a tool message must answer a preceding tool call")?);
            call.last_result = Some(content.to_owned());
        }
        _ => return Err("role must be system, user, assistant or tool"),
    }
    Ok(())
}

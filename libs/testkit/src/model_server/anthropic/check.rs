//! What the real service refuses is refused here.

mod parameters;

use std::collections::HashSet;

use axum::http::HeaderMap;
use serde_json::Value;

use parameters::{cache_marks, thinking, tools};

use super::seal;
use crate::model_server::protocol::{Call, Problem, Protocol};

const PARAMETERS: [&str; 17] = [
    "model",
    "messages",
    "max_tokens",
    "stream",
    "system",
    "tools",
    "tool_choice",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "thinking",
    "output_config",
    "metadata",
    "service_tier",
    "cache_control",
    "container",
];
/// More cache marks than this are an error.
const MOST_CACHE_MARKS: usize = 4;

pub(in crate::model_server) fn read(headers: &HeaderMap, body: &Value) -> Result<Call, Problem> {
    if !headers.contains_key("anthropic-version") {
        return Err(invalid("anthropic-version: header is required"));
    }
    let fields = body
        .as_object()
        .ok_or_else(|| invalid("the body must be an object"))?;
    if let Some(unknown) = fields
        .keys()
        .find(|name| !PARAMETERS.contains(&name.as_str()))
    {
        return Err(invalid(&format!(
            "{unknown}: Extra inputs are not permitted"
        )));
    }
    let model = body["model"].as_str().filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| invalid("model: Field required"))?;
    let limit = body["max_tokens"].as_u64().filter(|limit| *limit > 0);
    let limit = limit.ok_or_else(|| invalid("max_tokens: Field required, at least 1"))?;
    thinking(body, limit)?;
    if !matches!(&body["system"], Value::Null | Value::String(_)) {
        blocks(&body["system"], "system", &["text"])?;
    }
    tools(&body["tools"])?;
    if cache_marks(body) > MOST_CACHE_MARKS {
        return Err(invalid(
            "A maximum of 4 blocks with cache_control may be provided",
        ));
    }
    let messages = body["messages"]
        .as_array()
        .filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| invalid("messages: at least one message is required"))?;
    let reading = conversation(messages)?;
    Ok(Call {
        protocol: Protocol::Anthropic,
        model: model.to_owned(),
        streams: body["stream"].as_bool().unwrap_or(false),
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
    open: HashSet<String>,
}

fn conversation(messages: &[Value]) -> Result<Reading, Problem> {
    let mut reading = Reading::default();
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages.{index}");
        let expected = if index % 2 == 0 { "user" } else { "assistant" };
        if message["role"] != expected {
            return Err(invalid(&format!(
                "{at}: roles must alternate between \"user\" and \"assistant\", beginning with \"user\""
            )));
        }
        if expected == "user" {
            user(&mut reading, &message["content"], &at)?;
        } else {
            reading.open = assistant(&message["content"], &at)?;
            reading.step += 1;
        }
    }
    if reading.open.is_empty() {
        Ok(reading)
    } else {
        Err(unanswered("messages"))
    }
}

fn user(reading: &mut Reading, content: &Value, at: &str) -> Result<(), Problem> {
    reading.last_result = None;
    let mut open = std::mem::take(&mut reading.open);
    let mut text = String::new();
    if let Value::String(plain) = content {
        text.push_str(plain);
        if plain.is_empty() {
            return Err(invalid(&format!(
                "{at}: user messages must have non-empty content"
            )));
        }
    } else {
        for block in blocks(content, at, &["text", "tool_result", "image", "document"])? {
            match block["type"].as_str() {
                Some("tool_result") if !text.is_empty() => {
                    return Err(invalid(&format!(
                        "{at}: tool_result blocks must come first"
                    )));
                }
                Some("tool_result") => {
                    let id = block["tool_use_id"].as_str().unwrap_or_default();
                    if !open.remove(id) {
                        return Err(invalid(&format!(
                            "{at}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                        )));
                    }
                    reading.last_result = Some(result_text(&block["content"]));
                }
                _ => text.push_str(block["text"].as_str().unwrap_or_default()),
            }
        }
    }
    if !open.is_empty() {
        return Err(unanswered(at));
    }
    if !text.is_empty() {
        reading.last_user = text;
        reading.step = 0;
    }
    Ok(())
}

fn result_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks
            .iter()
            .filter_map(|block| block["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

fn assistant(content: &Value, at: &str) -> Result<HashSet<String>, Problem> {
    if content.as_str().is_some_and(|text| !text.is_empty()) {
        return Ok(HashSet::new());
    }
    let mut ids = HashSet::new();
    for block in blocks(
        content,
        at,
        &["text", "thinking", "redacted_thinking", "tool_use"],
    )? {
        match block["type"].as_str() {
            Some("tool_use") => {
                let id = block["id"].as_str().unwrap_or_default();
                let fits = block["name"].is_string() && block["input"].is_object();
                if !fits || id.is_empty() || !ids.insert(id.to_owned()) {
                    return Err(invalid(&format!(
                        "{at}: tool_use needs a unique id, a name and an input object"
                    )));
                }
            }
            Some("thinking") => {
                let text = block["thinking"].as_str().unwrap_or_default();
                if block["signature"] != seal(text).as_str() {
                    return Err(invalid(&format!(
                        "{at}: Invalid `signature` in `thinking` block"
                    )));
                }
            }
            _ => {}
        }
    }
    Ok(ids)
}

/// The blocks of a content, each of an allowed type and without empty text.
fn blocks<'a>(content: &'a Value, at: &str, allowed: &[&str]) -> Result<&'a [Value], Problem> {
    let blocks = content.as_array().filter(|blocks| !blocks.is_empty());
    let blocks = blocks.ok_or_else(|| invalid(&format!("{at}: content must not be empty")))?;
    for block in blocks {
        let kind = block["type"].as_str().unwrap_or_default();
        if !allowed.contains(&kind) {
            return Err(invalid(&format!("{at}: unexpected block type '{kind}'")));
        }
        if kind == "text"
            && block["text"]
                .as_str()
                .is_none_or(|text| text.trim().is_empty())
        {
            return Err(invalid(&format!(
                "{at}: text content blocks must be non-empty"
            )));
        }
    }
    Ok(blocks)
}

fn unanswered(at: &str) -> Problem {
    invalid(&format!(
        "{at}: `tool_use` ids were found without `tool_result` blocks immediately after"
    ))
}

fn invalid(message: &str) -> Problem {
    Problem::invalid(message)
}

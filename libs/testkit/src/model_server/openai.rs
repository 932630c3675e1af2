//! `OpenAI` chat completions.

mod check;

use serde_json::{Value, json};

use super::content::{Content, halves};
use super::protocol::{Call, Rendered};
use super::script::{ScriptedUsage, Turn};

pub(super) use check::read;

pub(super) fn stream(turn: &Turn, call: &Call, number: u64) -> Rendered {
    let content = Content::new(turn, call, "call", number);
    let chunk = |delta: &Value, finish: &Value| frame(call, number, delta, finish);
    let delta = |delta: &Value| chunk(delta, &Value::Null);
    let thinking = content
        .thinking
        .iter()
        .map(|text| delta(&json!({"reasoning_content": text})));
    let text = content
        .text
        .iter()
        .map(|text| delta(&json!({"content": text})));
    let calls = content.calls.iter().enumerate().map(|(index, tool)| {
        // The name comes first and the arguments in pieces, as the real service does it.
        let opening = json!({"tool_calls": [{
            "index": index, "id": tool.id, "type": "function",
            "function": {"name": tool.name, "arguments": ""},
        }]});
        let (first, second) = halves(&tool.text);
        let more = |part: &str| {
            delta(&json!({"tool_calls": [{"index": index, "function": {"arguments": part}}]}))
        };
        [delta(&opening), more(first), more(second)].concat()
    });
    let mut closing = chunk(&json!({}), &json!(finish(turn)));
    closing.push_str(&usage_frame(call, number, content.usage));
    closing.push_str("data: [DONE]\n\n");
    Rendered {
        opening: delta(&json!({"role": "assistant", "content": ""})),
        chunks: thinking.chain(text).chain(calls).collect(),
        closing,
    }
}

pub(super) fn whole(turn: &Turn, call: &Call, number: u64) -> Value {
    let content = Content::new(turn, call, "call", number);
    let calls: Vec<Value> = content
        .calls
        .iter()
        .map(|tool| {
            json!({
                "id": tool.id, "type": "function",
                "function": {"name": tool.name, "arguments": tool.text},
            })
        })
        .collect();
    let mut message = json!({"role": "assistant", "content": content.text.concat()});
    if !content.thinking.is_empty() {
        message["reasoning_content"] = json!(content.thinking.concat());
    }
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    json!({
        "id": format!("chatcmpl-{number}"), "object": "chat.completion", "created": 0,
        "model": call.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish(turn)}],
        "usage": usage(content.usage),
    })
}

fn frame(call: &Call, number: u64, delta: &Value, finish: &Value) -> String {
    let chunk = json!({
        "id": format!("chatcmpl-{number}"), "object": "chat.completion.chunk", "created": 0,
        "model": call.model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    format!("data: {chunk}\n\n")
}

/// The real service sends it only when asked; compatible ones often always, so clients must bear it.
fn usage_frame(call: &Call, number: u64, reported: ScriptedUsage) -> String {
    let chunk = json!({
        "id": format!("chatcmpl-{number}"), "object": "chat.completion.chunk", "created": 0,
        "model": call.model, "choices": [], "usage": usage(reported),
    });
    format!("data: {chunk}\n\n")
}

fn finish(turn: &Turn) -> &str {
    let usual = if turn.tool_calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    turn.finish.as_deref().unwrap_or(usual)
}

fn usage(usage: ScriptedUsage) -> Value {
    let ScriptedUsage {
        input,
        output,
        cache_read,
        cache_write,
    } = usage;
    let prompt = input + cache_read + cache_write;
    json!({
        "prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output,
        "prompt_tokens_details": {"cached_tokens": cache_read, "cache_write_tokens": cache_write},
    })
}

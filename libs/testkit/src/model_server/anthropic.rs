//! Anthropic messages.

mod check;

use serde_json::{Value, json};

use super::content::{Content, halves};
use super::protocol::{Call, Rendered};
use super::script::{ScriptedUsage, Turn};

pub(super) use check::read;

pub(super) fn stream(turn: &Turn, call: &Call, number: u64) -> Rendered {
    let content = Content::new(turn, call, "toolu", number);
    let mut start = message(turn, call, number, content.usage);
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    start["usage"]["output_tokens"] = json!(1);
    let opening = [
        event(
            "message_start",
            &json!({"type": "message_start", "message": start}),
        ),
        event("ping", &json!({"type": "ping"})),
    ];
    let delta = json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(turn), "stop_sequence": null},
        "usage": {"output_tokens": content.usage.output},
    });
    let closing = [
        event("message_delta", &delta),
        event("message_stop", &json!({"type": "message_stop"})),
    ];
    Rendered {
        opening: opening.concat(),
        chunks: chunks(&content),
        closing: closing.concat(),
    }
}

fn chunks(content: &Content) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut index = 0;
    if !content.thinking.is_empty() {
        let deltas = content
            .thinking
            .iter()
            .map(|text| json!({"type": "thinking_delta", "thinking": text}));
        let seal = seal(&content.thinking.concat());
        let signed = json!({"type": "signature_delta", "signature": seal});
        let block = json!({"type": "thinking", "thinking": "", "signature": ""});
        chunks.extend(wrapped(index, &block, deltas.collect(), Some(&signed)));
        index += 1;
    }
    if !content.text.is_empty() {
        let deltas = content
            .text
            .iter()
            .map(|text| json!({"type": "text_delta", "text": text}));
        chunks.extend(wrapped(
            index,
            &json!({"type": "text", "text": ""}),
            deltas.collect(),
            None,
        ));
        index += 1;
    }
    for tool in &content.calls {
        let block = json!({"type": "tool_use", "id": tool.id, "name": tool.name, "input": {}});
        let (first, second) = halves(&tool.text);
        let part = |text: &str| json!({"type": "input_json_delta", "partial_json": text});
        let parts = wrapped(
            index,
            &block,
            vec![part(""), part(first), part(second)],
            None,
        );
        chunks.push(parts.concat());
        index += 1;
    }
    chunks
}

/// The deltas of one block; its start joins the first one, its end the last one.
fn wrapped(index: u64, block: &Value, deltas: Vec<Value>, last: Option<&Value>) -> Vec<String> {
    let delta = |delta: &Value| {
        let data = json!({"type": "content_block_delta", "index": index, "delta": delta});
        event("content_block_delta", &data)
    };
    let mut chunks: Vec<String> = deltas.iter().map(delta).collect();
    let start = json!({"type": "content_block_start", "index": index, "content_block": block});
    if let Some(first) = chunks.first_mut() {
        first.insert_str(0, &event("content_block_start", &start));
    }
    let stop = json!({"type": "content_block_stop", "index": index});
    if let Some(end) = chunks.last_mut() {
        end.push_str(&last.map(delta).unwrap_or_default());
        end.push_str(&event("content_block_stop", &stop));
    }
    chunks
}

pub(super) fn whole(turn: &Turn, call: &Call, number: u64) -> Value {
    let content = Content::new(turn, call, "toolu", number);
    let mut blocks = Vec::new();
    if !content.thinking.is_empty() {
        let text = content.thinking.concat();
        blocks.push(json!({"type": "thinking", "signature": seal(&text), "thinking": text}));
    }
    if !content.text.is_empty() {
        blocks.push(json!({"type": "text", "text": content.text.concat()}));
    }
    blocks.extend(content.calls.iter().map(|tool| {
        json!({"type": "tool_use", "id": tool.id, "name": tool.name, "input": tool.arguments})
    }));
    let mut message = message(turn, call, number, content.usage);
    message["content"] = Value::Array(blocks);
    message
}

fn message(turn: &Turn, call: &Call, number: u64, usage: ScriptedUsage) -> Value {
    let ScriptedUsage {
        input,
        output,
        cache_read,
        cache_write,
    } = usage;
    json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant",
        "model": call.model, "stop_reason": stop_reason(turn), "stop_sequence": null,
        "usage": {
            "input_tokens": input, "output_tokens": output,
            "cache_read_input_tokens": cache_read, "cache_creation_input_tokens": cache_write,
        },
    })
}

fn stop_reason(turn: &Turn) -> &str {
    let usual = if turn.tool_calls.is_empty() {
        "end_turn"
    } else {
        "tool_use"
    };
    turn.finish.as_deref().unwrap_or(usual)
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// The signature of thinking: it fits only this text, so that a client that changes either is found out.
fn seal(thinking: &str) -> String {
    let hash = thinking
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("sealed-{hash:016x}")
}

//! The body of a chat completion request.

use serde_json::{Map, Value, json};

use crate::{AssistantBlock, ChatMessage, CompletionRequest, ThinkingLevel};

pub(super) fn body(request: &CompletionRequest, is_openai: bool) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("messages".into(), Value::Array(messages(request)));
    body.insert("stream".into(), json!(true));
    body.insert("stream_options".into(), json!({"include_usage": true}));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            }})
        });
        body.insert("tools".into(), tools.collect());
    }
    if let Some(limit) = request.max_tokens {
        // Reasoning models at OpenAI refuse the old name, servers elsewhere do not know the new one.
        let name = if is_openai {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        body.insert(name.into(), json!(limit));
    }
    if let Some(temperature) = request.temperature {
        body.insert("temperature".into(), json!(temperature));
    }
    if let Some(thinking) = request.thinking {
        let effort = match thinking {
            ThinkingLevel::Off => "none",
            ThinkingLevel::Low => "low",
            ThinkingLevel::Medium => "medium",
            ThinkingLevel::High => "high",
        };
        body.insert("reasoning_effort".into(), json!(effort));
    }
    Value::Object(body)
}

fn messages(request: &CompletionRequest) -> Vec<Value> {
    let system =
        (!request.system.is_empty()).then(|| json!({"role": "system", "content": request.system}));
    system
        .into_iter()
        .chain(request.messages.iter().filter_map(message))
        .collect()
}

fn message(message: &ChatMessage) -> Option<Value> {
    match message {
        ChatMessage::User { content } => Some(json!({"role": "user", "content": content})),
        ChatMessage::Assistant { blocks } => assistant(blocks),
        ChatMessage::ToolResult {
            call_id,
            content,
            is_error,
        } => {
            // The protocol has no field for failure; the text must say it.
            let content = if *is_error {
                format!("Error: {content}")
            } else {
                content.clone()
            };
            Some(json!({"role": "tool", "tool_call_id": call_id, "content": content}))
        }
    }
}

fn assistant(blocks: &[AssistantBlock]) -> Option<Value> {
    let mut text = String::new();
    let mut calls = Vec::new();
    for block in blocks {
        match block {
            AssistantBlock::Text { text: more } => text.push_str(more),
            AssistantBlock::ToolCall(call) => calls.push(json!({
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments.to_string()},
            })),
            AssistantBlock::Thinking { .. } | AssistantBlock::RedactedThinking { .. } => {}
        }
    }
    if text.is_empty() && calls.is_empty() {
        return None;
    }
    let mut message = json!({"role": "assistant"});
    message["content"] = if text.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    };
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    Some(message)
}

//! The body of a chat request.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::{AssistantBlock, ChatMessage, CompletionRequest, ThinkingLevel};

pub(super) fn body(request: &CompletionRequest) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("messages".into(), Value::Array(messages(request)));
    body.insert("stream".into(), json!(true));
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
    if let Some(level) = request.thinking {
        body.insert("think".into(), think(&request.model, level));
    }
    let mut options = Map::new();
    if let Some(limit) = request.max_tokens {
        options.insert("num_predict".into(), json!(limit));
    }
    if let Some(temperature) = request.temperature {
        options.insert("temperature".into(), json!(temperature));
    }
    if !options.is_empty() {
        body.insert("options".into(), Value::Object(options));
    }
    Value::Object(body)
}

/// Most models only know on and off; the gpt-oss family wants a level and cannot be silenced.
fn think(model: &str, level: ThinkingLevel) -> Value {
    if !model.contains("gpt-oss") {
        return json!(level != ThinkingLevel::Off);
    }
    json!(match level {
        ThinkingLevel::Off | ThinkingLevel::Low => "low",
        ThinkingLevel::Medium => "medium",
        ThinkingLevel::High => "high",
    })
}

fn messages(request: &CompletionRequest) -> Vec<Value> {
    let mut messages = Vec::with_capacity(request.messages.len() + 1);
    if !request.system.is_empty() {
        messages.push(json!({"role": "system", "content": request.system}));
    }
    // Results go back under the tool's name as well as the call's id: older servers know only the name.
    let mut names: HashMap<&str, &str> = HashMap::new();
    for message in &request.messages {
        match message {
            ChatMessage::User { content } => {
                messages.push(json!({"role": "user", "content": content}));
            }
            ChatMessage::Assistant { blocks } => {
                for block in blocks {
                    if let AssistantBlock::ToolCall(call) = block {
                        names.insert(&call.id, &call.name);
                    }
                }
                messages.extend(assistant(blocks));
            }
            ChatMessage::ToolResult {
                call_id,
                content,
                is_error,
            } => {
                let content = if *is_error {
                    format!("Error: {content}")
                } else {
                    content.clone()
                };
                let name = names.get(call_id.as_str()).copied().unwrap_or_default();
                messages.push(json!({
                    "role": "tool", "content": content, "tool_name": name, "tool_call_id": call_id,
                }));
            }
        }
    }
    messages
}

fn assistant(blocks: &[AssistantBlock]) -> Option<Value> {
    let (mut text, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
    for block in blocks {
        match block {
            AssistantBlock::Text { text: more } => text.push_str(more),
            AssistantBlock::Thinking {
                text: more,
                signature: None,
            } => thinking.push_str(more),
            AssistantBlock::ToolCall(call) => calls.push(json!({
                "id": call.id, "function": {"name": call.name, "arguments": call.arguments},
            })),
            // Sealed by another provider.
            AssistantBlock::Thinking { .. } | AssistantBlock::RedactedThinking { .. } => {}
        }
    }
    if text.is_empty() && calls.is_empty() {
        return None;
    }
    let mut message = json!({"role": "assistant", "content": text});
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
        // Models that think between tool calls expect their own thoughts of this turn.
        if !thinking.is_empty() {
            message["thinking"] = json!(thinking);
        }
    }
    Some(message)
}

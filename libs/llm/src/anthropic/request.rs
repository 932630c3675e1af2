//! The body of a messages request.

mod thinking;

use serde_json::{Map, Value, json};

use crate::{AssistantBlock, ChatMessage, CompletionRequest, models};

/// Enough for any answer of a conversation; the protocol demands a number.
const USUAL_MAX_TOKENS: u32 = 32_000;

pub(super) fn body(request: &CompletionRequest) -> Value {
    let limit = models::max_output(&request.model);
    let max_tokens = request
        .max_tokens
        .unwrap_or_else(|| limit.min(USUAL_MAX_TOKENS));
    let mut body = Map::new();
    body.insert("model".into(), json!(request.model));
    body.insert("stream".into(), json!(true));
    if !request.system.is_empty() {
        let block = json!({"type": "text", "text": request.system, "cache_control": ephemeral()});
        body.insert("system".into(), json!([block]));
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters,
            })
        });
        body.insert("tools".into(), tools.collect());
    }
    let settings = thinking::settings(&request.model, request.thinking, max_tokens);
    body.insert("max_tokens".into(), json!(settings.max_tokens));
    body.extend(settings.parameters);
    if let Some(temperature) = request.temperature.filter(|_| settings.temperature_allowed) {
        body.insert("temperature".into(), json!(temperature));
    }
    body.insert("messages".into(), messages(request, settings.is_on));
    Value::Object(body)
}

/// Everything up to here is the same in the next step of the run, so it is worth caching.
fn ephemeral() -> Value {
    json!({"type": "ephemeral"})
}

/// Roles must alternate, and all results of one assistant message belong at the start of one user message.
fn messages(request: &CompletionRequest, with_thinking: bool) -> Value {
    let mut turns: Vec<Turn> = Vec::new();
    for message in &request.messages {
        let (role, blocks) = blocks(message, with_thinking);
        match turns.last_mut() {
            Some(turn) if turn.role == role => turn.blocks.extend(blocks),
            _ if blocks.is_empty() => {}
            _ => turns.push(Turn { role, blocks }),
        }
    }
    for turn in turns.iter_mut().filter(|turn| turn.role == "user") {
        turn.blocks
            .sort_by_key(|block| block["type"] != "tool_result");
    }
    if let Some(last) = turns.last_mut().and_then(|turn| turn.blocks.last_mut())
        && matches!(last["type"].as_str(), Some("text" | "tool_result"))
    {
        last["cache_control"] = ephemeral();
    }
    turns
        .into_iter()
        .map(|turn| json!({"role": turn.role, "content": turn.blocks}))
        .collect()
}

struct Turn {
    role: &'static str,
    blocks: Vec<Value>,
}

fn blocks(message: &ChatMessage, with_thinking: bool) -> (&'static str, Vec<Value>) {
    match message {
        ChatMessage::User { content } => ("user", text(content).into_iter().collect()),
        ChatMessage::ToolResult {
            call_id,
            content,
            is_error,
        } => {
            let mut block =
                json!({"type": "tool_result", "tool_use_id": call_id, "content": content});
            if *is_error {
                block["is_error"] = json!(true);
            }
            ("user", vec![block])
        }
        ChatMessage::Assistant { blocks } => {
            let blocks = blocks
                .iter()
                .filter_map(|block| assistant_block(block, with_thinking));
            ("assistant", blocks.collect())
        }
    }
}

fn assistant_block(block: &AssistantBlock, with_thinking: bool) -> Option<Value> {
    match block {
        AssistantBlock::Text { text: content } => text(content),
        AssistantBlock::ToolCall(call) => Some(json!({
            "type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments,
        })),
        // Unsigned thinking comes from another provider and would be refused.
        AssistantBlock::Thinking {
            text,
            signature: Some(signature),
        } if with_thinking => {
            Some(json!({"type": "thinking", "thinking": text, "signature": signature}))
        }
        AssistantBlock::RedactedThinking { data } if with_thinking => {
            Some(json!({"type": "redacted_thinking", "data": data}))
        }
        AssistantBlock::Thinking { .. } | AssistantBlock::RedactedThinking { .. } => None,
    }
}

/// Blank text is refused, so it is left out.
fn text(content: &str) -> Option<Value> {
    (!content.trim().is_empty()).then(|| json!({"type": "text", "text": content}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToolCall;

    #[test]
    fn results_and_a_steering_message_become_one_user_turn_with_the_results_first() {
        let call = |id: &str| {
            AssistantBlock::ToolCall(ToolCall {
                id: id.into(),
                name: "clock".into(),
                arguments: json!({}),
            })
        };
        let request = CompletionRequest::new(
            "claude-sonnet-5",
            vec![
                ChatMessage::user("hi"),
                ChatMessage::Assistant {
                    blocks: vec![call("a"), call("b")],
                },
                ChatMessage::tool_result("a", "1"),
                ChatMessage::user("wait"),
                ChatMessage::tool_error("b", "broken"),
            ],
        );
        let body = body(&request);
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 3);
        let kinds: Vec<_> = messages[2]["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| block["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["tool_result", "tool_result", "text"]);
        assert_eq!(messages[2]["content"][1]["is_error"], true);
        assert_eq!(
            messages[2]["content"][2]["cache_control"]["type"],
            "ephemeral"
        );
    }

    #[test]
    fn only_signed_thinking_goes_back_and_blank_text_never() {
        let thinking = |signature: Option<&str>| AssistantBlock::Thinking {
            text: "hm".into(),
            signature: signature.map(str::to_owned),
        };
        let request = CompletionRequest::new(
            "claude-sonnet-5",
            vec![
                ChatMessage::user("hi"),
                ChatMessage::Assistant {
                    blocks: vec![
                        thinking(None),
                        thinking(Some("seal")),
                        AssistantBlock::Text { text: " ".into() },
                        AssistantBlock::Text { text: "yes".into() },
                    ],
                },
                ChatMessage::user("go on"),
            ],
        );
        assert_eq!(
            body(&request)["messages"][1]["content"],
            json!([
                {"type": "thinking", "thinking": "hm", "signature": "seal"},
                {"type": "text", "text": "yes"},
            ])
        );
    }
}

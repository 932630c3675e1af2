//! The lines of a streamed chat answer.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Decode, Decoded, Http};
use crate::tool_arguments;
use crate::{CompletionEvent, FinishReason, LlmError, LlmErrorKind, ToolCall, Usage};

#[derive(Deserialize)]
struct Line {
    message: Option<Message>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
    thinking: Option<String>,
    tool_calls: Option<Vec<WireCall>>,
}

#[derive(Deserialize)]
struct WireCall {
    id: Option<String>,
    function: WireFunction,
}

#[derive(Deserialize)]
struct WireFunction {
    name: String,
    #[serde(default)]
    arguments: Value,
}

/// Assembles one answer.
pub(super) struct Decoder {
    http: Arc<Http>,
    called: bool,
    finish: Option<FinishReason>,
    usage: Usage,
}

impl Decoder {
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self {
            http,
            called: false,
            finish: None,
            usage: Usage::default(),
        }
    }

    fn message(&mut self, message: Message, events: &mut Decoded) -> Result<(), LlmError> {
        let thinking = message.thinking.filter(|text| !text.is_empty());
        events.extend(thinking.map(|text| CompletionEvent::ThinkingDelta {
            text,
            signature: None,
        }));
        if !message.content.is_empty() {
            events.push(CompletionEvent::TextDelta {
                text: message.content,
            });
        }
        for call in message.tool_calls.into_iter().flatten() {
            self.called = true;
            let WireFunction { name, arguments } = call.function;
            let arguments = match arguments {
                Value::Null => json!({}),
                Value::Object(_) => arguments,
                // Models without a tool template sometimes write the object as text.
                Value::String(text) => tool_arguments::parse(&self.http, &name, &text, false)?,
                other => tool_arguments::parse(&self.http, &name, &other.to_string(), false)?,
            };
            let id = call
                .id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(tool_arguments::new_id);
            events.push(CompletionEvent::ToolCall(ToolCall {
                id,
                name,
                arguments,
            }));
        }
        Ok(())
    }
}

impl Decode for Decoder {
    fn frame(&mut self, data: &str) -> Result<Decoded, LlmError> {
        let line: Line = serde_json::from_str(data).map_err(|error| {
            self.http.error(
                LlmErrorKind::Protocol,
                &format!("a line cannot be read: {error}"),
            )
        })?;
        if let Some(error) = line.error {
            return Err(self.http.reported(&json!({"error": error})));
        }
        let mut events = Vec::new();
        if let Some(message) = line.message {
            self.message(message, &mut events)?;
        }
        if line.done {
            self.usage.input = line.prompt_eval_count.unwrap_or(0);
            self.usage.output = line.eval_count.unwrap_or(0);
            self.finish = Some(match line.done_reason.as_deref() {
                // Ollama says `stop` for tool calls too.
                Some("stop") | None if self.called => FinishReason::ToolCalls,
                Some("stop") | None => FinishReason::Stop,
                Some("length") => FinishReason::Length,
                Some(_) => FinishReason::Other,
            });
        }
        Ok(events)
    }

    fn is_complete(&self) -> bool {
        self.finish.is_some()
    }

    fn finish(&mut self) -> Result<Decoded, LlmError> {
        let Some(finish) = self.finish else {
            return Err(self.http.error(
                LlmErrorKind::Network,
                "the connection ended before the answer was complete",
            ));
        };
        Ok(vec![CompletionEvent::Done {
            finish,
            usage: self.usage,
        }])
    }
}

//! The chunks of a streamed chat completion.

mod wire;

use std::sync::Arc;

use wire::{CallDelta, Chunk, Delta};

use crate::http::{Decode, Decoded, Http};
use crate::tool_arguments;
use crate::{CompletionEvent, FinishReason, LlmError, LlmErrorKind, ToolCall, Usage};

/// More parallel calls than any model makes; the index comes from the network.
const MOST_CALLS: usize = 128;

struct PartialCall {
    index: Option<usize>,
    id: String,
    name: String,
    arguments: String,
}

/// Assembles one answer.
pub(super) struct Decoder {
    http: Arc<Http>,
    calls: Vec<PartialCall>,
    finish: Option<FinishReason>,
    usage: Usage,
    done: bool,
}

impl Decoder {
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self {
            http,
            calls: Vec::new(),
            finish: None,
            usage: Usage::default(),
            done: false,
        }
    }

    fn delta(&mut self, delta: Delta, events: &mut Decoded) -> Result<(), LlmError> {
        let thinking = delta
            .reasoning_content
            .or(delta.reasoning)
            .filter(|text| !text.is_empty());
        events.extend(thinking.map(|text| CompletionEvent::ThinkingDelta {
            text,
            signature: None,
        }));
        let texts = [delta.content, delta.refusal].into_iter().flatten();
        events.extend(
            texts
                .filter(|text| !text.is_empty())
                .map(|text| CompletionEvent::TextDelta { text }),
        );
        for call in delta.tool_calls.into_iter().flatten() {
            self.call_delta(call)?;
        }
        Ok(())
    }

    fn call_delta(&mut self, delta: CallDelta) -> Result<(), LlmError> {
        let CallDelta {
            index,
            id,
            function,
        } = delta;
        let id = id.filter(|id| !id.is_empty());
        // A new id opens a new call even under an old index: some servers number every call 0 or not at all.
        let known = match (index, &id) {
            (Some(_), None) => self.calls.iter().rposition(|call| call.index == index),
            (_, Some(id)) => self.calls.iter().rposition(|call| call.id == *id),
            (None, None) => self.calls.len().checked_sub(1),
        };
        let position = if let Some(position) = known {
            position
        } else {
            if self.calls.len() >= MOST_CALLS {
                return Err(self
                    .http
                    .error(LlmErrorKind::Protocol, "too many tool calls"));
            }
            self.calls.push(PartialCall {
                index,
                id: id.unwrap_or_default(),
                name: String::new(),
                arguments: String::new(),
            });
            self.calls.len() - 1
        };
        let call = &mut self.calls[position];
        if let Some(name) = function.name.filter(|_| call.name.is_empty()) {
            call.name = name;
        }
        call.arguments
            .push_str(function.arguments.as_deref().unwrap_or_default());
        Ok(())
    }

    fn finish_calls(&mut self) -> Result<Decoded, LlmError> {
        let cut = self.finish == Some(FinishReason::Length);
        std::mem::take(&mut self.calls)
            .into_iter()
            .map(|call| {
                if call.name.is_empty() {
                    return Err(self
                        .http
                        .error(LlmErrorKind::Protocol, "a tool call has no name"));
                }
                let arguments =
                    tool_arguments::parse(&self.http, &call.name, &call.arguments, cut)?;
                let id = if call.id.is_empty() {
                    tool_arguments::new_id()
                } else {
                    call.id
                };
                Ok(CompletionEvent::ToolCall(ToolCall {
                    id,
                    name: call.name,
                    arguments,
                }))
            })
            .collect()
    }
}

impl Decode for Decoder {
    fn frame(&mut self, data: &str) -> Result<Decoded, LlmError> {
        if data.trim() == "[DONE]" {
            self.done = true;
            return Ok(Vec::new());
        }
        let chunk: Chunk = serde_json::from_str(data).map_err(|error| {
            self.http.error(
                LlmErrorKind::Protocol,
                &format!("a chunk cannot be read: {error}"),
            )
        })?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(self.http.reported(&serde_json::json!({"error": error})));
        }
        let mut events = Vec::new();
        // Only one answer is asked for.
        if let Some(choice) = chunk.choices.into_iter().next() {
            self.delta(choice.delta, &mut events)?;
            if let Some(reason) = choice.finish_reason {
                self.finish = Some(finish_reason(&reason));
                events.extend(self.finish_calls()?);
            }
        }
        if let Some(usage) = chunk.usage {
            self.usage = usage.into();
        }
        Ok(events)
    }

    fn is_complete(&self) -> bool {
        self.done
    }

    fn finish(&mut self) -> Result<Decoded, LlmError> {
        if !self.done && self.finish.is_none() {
            return Err(self.http.error(
                LlmErrorKind::Network,
                "the connection ended before the answer was complete",
            ));
        }
        let mut events = self.finish_calls()?;
        let finish = self.finish.unwrap_or(FinishReason::Other);
        events.push(CompletionEvent::Done {
            finish,
            usage: self.usage,
        });
        Ok(events)
    }
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

//! The events of a streamed message.

mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use wire::{Block, Delta, Event, WireUsage};

use crate::http::{Decode, Decoded, Http};
use crate::tool_arguments;
use crate::{CompletionEvent, FinishReason, LlmError, LlmErrorKind, ToolCall, Usage};

struct OpenCall {
    id: String,
    name: String,
    arguments: String,
}

/// Assembles one message.
pub(super) struct Decoder {
    http: Arc<Http>,
    open_calls: BTreeMap<u64, OpenCall>,
    malformed_calls: Vec<OpenCall>,
    finish: FinishReason,
    usage: Usage,
    stopped: bool,
}

impl Decoder {
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self {
            http,
            open_calls: BTreeMap::new(),
            malformed_calls: Vec::new(),
            finish: FinishReason::Other,
            usage: Usage::default(),
            stopped: false,
        }
    }

    /// Counts are cumulative, and later events repeat only some of them.
    fn count(&mut self, wire: &WireUsage) {
        let Usage {
            input,
            output,
            cache_read,
            cache_write,
        } = &mut self.usage;
        for (count, reported) in [
            (input, wire.input),
            (output, wire.output),
            (cache_read, wire.cache_read),
            (cache_write, wire.cache_creation),
        ] {
            if let Some(reported) = reported {
                *count = reported;
            }
        }
    }

    fn start(&mut self, index: u64, block: Block) -> Option<CompletionEvent> {
        match block {
            Block::Text { text } => text_delta(text),
            Block::Thinking { thinking } => thinking_delta(thinking),
            Block::RedactedThinking { data } => Some(CompletionEvent::RedactedThinking { data }),
            Block::ToolUse { id, name, input } => {
                // Usually empty here and filled by deltas; some compatible servers send it whole.
                let whole = input.as_object().is_some_and(|input| !input.is_empty());
                let arguments = if whole {
                    input.to_string()
                } else {
                    String::new()
                };
                self.open_calls.insert(
                    index,
                    OpenCall {
                        id,
                        name,
                        arguments,
                    },
                );
                None
            }
            Block::Other => None,
        }
    }

    fn delta(&mut self, index: u64, delta: Delta) -> Option<CompletionEvent> {
        match delta {
            Delta::Text { text } => text_delta(text),
            Delta::Thinking { thinking } => thinking_delta(thinking),
            Delta::Signature { signature } => Some(CompletionEvent::ThinkingDelta {
                text: String::new(),
                signature: Some(signature),
            }),
            Delta::InputJson { partial_json } => {
                // Nothing is open for the arguments of the provider's own server-side tools.
                if let Some(call) = self.open_calls.get_mut(&index) {
                    call.arguments.push_str(&partial_json);
                }
                None
            }
            Delta::Other => None,
        }
    }

    /// Sends a complete call at once, so that the order of blocks stays; a malformed one waits for the stop reason,
    /// which tells whether the token limit cut it.
    fn stop(&mut self, index: u64) -> Option<CompletionEvent> {
        let call = self.open_calls.remove(&index)?;
        let parsed = tool_arguments::parse(&self.http, &call.name, &call.arguments, false);
        let Ok(arguments) = parsed else {
            self.malformed_calls.push(call);
            return None;
        };
        Some(CompletionEvent::ToolCall(ToolCall {
            id: call.id,
            name: call.name,
            arguments,
        }))
    }

    fn finish_calls(&mut self) -> Result<Decoded, LlmError> {
        let cut = self.finish == FinishReason::Length;
        let open = std::mem::take(&mut self.open_calls).into_values();
        std::mem::take(&mut self.malformed_calls)
            .into_iter()
            .chain(open)
            .map(|call| {
                let arguments =
                    tool_arguments::parse(&self.http, &call.name, &call.arguments, cut)?;
                Ok(CompletionEvent::ToolCall(ToolCall {
                    id: call.id,
                    name: call.name,
                    arguments,
                }))
            })
            .collect()
    }
}

impl Decode for Decoder {
    fn frame(&mut self, data: &str) -> Result<Decoded, LlmError> {
        let event: Event = serde_json::from_str(data).map_err(|error| {
            self.http.error(
                LlmErrorKind::Protocol,
                &format!("an event cannot be read: {error}"),
            )
        })?;
        let mut events = Vec::new();
        match event {
            Event::MessageStart { message } => {
                if let Some(usage) = &message.usage {
                    self.count(usage);
                }
            }
            Event::ContentBlockStart {
                index,
                content_block,
            } => {
                events.extend(self.start(index, content_block));
            }
            Event::ContentBlockDelta { index, delta } => events.extend(self.delta(index, delta)),
            Event::ContentBlockStop { index } => events.extend(self.stop(index)),
            Event::MessageDelta { delta, usage } => {
                if let Some(reason) = &delta.stop_reason {
                    self.finish = finish_reason(reason);
                }
                if let Some(usage) = &usage {
                    self.count(usage);
                }
            }
            Event::MessageStop => self.stopped = true,
            Event::Error { error } => {
                return Err(self.http.reported(&serde_json::json!({"error": error})));
            }
            Event::Other => {}
        }
        Ok(events)
    }

    fn is_complete(&self) -> bool {
        self.stopped
    }

    fn finish(&mut self) -> Result<Decoded, LlmError> {
        if !self.stopped {
            return Err(self.http.error(
                LlmErrorKind::Network,
                "the connection ended before the answer was complete",
            ));
        }
        let mut events = self.finish_calls()?;
        events.push(CompletionEvent::Done {
            finish: self.finish,
            usage: self.usage,
        });
        Ok(events)
    }
}

fn text_delta(text: String) -> Option<CompletionEvent> {
    (!text.is_empty()).then_some(CompletionEvent::TextDelta { text })
}

fn thinking_delta(text: String) -> Option<CompletionEvent> {
    (!text.is_empty()).then_some(CompletionEvent::ThinkingDelta {
        text,
        signature: None,
    })
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

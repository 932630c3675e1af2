//! Folds the events of one completion into the assistant message they form.

use crate::{AssistantBlock, ChatMessage, CompletionEvent, FinishReason, ToolCall, Usage};

/// Collects a turn while it streams, so that what is recorded and sent back with the next request keeps the order
/// of blocks and the signatures that providers insist on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TurnAssembly {
    blocks: Vec<AssistantBlock>,
    done: Option<(FinishReason, Usage)>,
}

impl TurnAssembly {
    /// Takes in the next event.
    pub fn push(&mut self, event: &CompletionEvent) {
        match event {
            CompletionEvent::TextDelta { text } => self.push_text(text),
            CompletionEvent::ThinkingDelta { text, signature } => {
                self.push_thinking(text, signature.as_deref());
            }
            CompletionEvent::RedactedThinking { data } => {
                self.blocks
                    .push(AssistantBlock::RedactedThinking { data: data.clone() });
            }
            CompletionEvent::ToolCall(call) => {
                self.blocks.push(AssistantBlock::ToolCall(call.clone()));
            }
            CompletionEvent::Done { finish, usage } => self.done = Some((*finish, *usage)),
        }
    }

    /// The blocks so far.
    #[must_use]
    pub fn blocks(&self) -> &[AssistantBlock] {
        &self.blocks
    }

    /// The text for the reader so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.blocks
            .iter()
            .filter_map(|block| match block {
                AssistantBlock::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The tool calls so far, in order.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.blocks.iter().filter_map(|block| match block {
            AssistantBlock::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// How it ended; none while it still streams or when it broke off.
    #[must_use]
    pub fn done(&self) -> Option<(FinishReason, Usage)> {
        self.done
    }

    /// The whole as a message of the conversation.
    #[must_use]
    pub fn into_message(self) -> ChatMessage {
        ChatMessage::Assistant {
            blocks: self.blocks,
        }
    }

    fn push_text(&mut self, delta: &str) {
        if let Some(AssistantBlock::Text { text }) = self.blocks.last_mut() {
            text.push_str(delta);
        } else if !delta.is_empty() {
            self.blocks.push(AssistantBlock::Text {
                text: delta.to_owned(),
            });
        }
    }

    fn push_thinking(&mut self, delta: &str, seal: Option<&str>) {
        // A signed block is closed: what follows belongs to the next one.
        if let Some(AssistantBlock::Thinking {
            text,
            signature: signature @ None,
        }) = self.blocks.last_mut()
        {
            text.push_str(delta);
            *signature = seal.map(str::to_owned);
        } else if !delta.is_empty() || seal.is_some() {
            self.blocks.push(AssistantBlock::Thinking {
                text: delta.to_owned(),
                signature: seal.map(str::to_owned),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn thinking(text: &str, signature: Option<&str>) -> CompletionEvent {
        CompletionEvent::ThinkingDelta {
            text: text.to_owned(),
            signature: signature.map(str::to_owned),
        }
    }

    #[test]
    fn deltas_join_into_ordered_blocks_and_a_signature_closes_its_block() {
        let call = ToolCall {
            id: "c1".into(),
            name: "clock".into(),
            arguments: json!({}),
        };
        let mut turn = TurnAssembly::default();
        for event in [
            thinking("a", None),
            thinking("b", None),
            thinking("", Some("seal")),
            thinking("c", None),
            CompletionEvent::TextDelta { text: "x".into() },
            CompletionEvent::TextDelta { text: "y".into() },
            CompletionEvent::ToolCall(call.clone()),
            CompletionEvent::TextDelta { text: "z".into() },
        ] {
            turn.push(&event);
        }
        assert_eq!(turn.done(), None);
        assert_eq!(turn.text(), "xyz");
        assert_eq!(turn.tool_calls().collect::<Vec<_>>(), vec![&call]);
        assert_eq!(
            turn.blocks(),
            [
                AssistantBlock::Thinking {
                    text: "ab".into(),
                    signature: Some("seal".into())
                },
                AssistantBlock::Thinking {
                    text: "c".into(),
                    signature: None
                },
                AssistantBlock::Text { text: "xy".into() },
                AssistantBlock::ToolCall(call),
                AssistantBlock::Text { text: "z".into() },
            ]
        );
    }
}

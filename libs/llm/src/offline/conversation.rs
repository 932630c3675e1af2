//! The questions that rules ask of the history.

use crate::{AssistantBlock, ChatMessage, ToolCall};

/// The last thing a person said.
pub(super) fn last_user(messages: &[ChatMessage]) -> &str {
    messages
        .iter()
        .rev()
        .find_map(|message| match message {
            ChatMessage::User { content } => Some(content.as_str()),
            _ => None,
        })
        .unwrap_or_default()
}

/// Everything a person said, oldest first.
pub(super) fn user_messages(messages: &[ChatMessage]) -> impl Iterator<Item = &str> {
    messages.iter().filter_map(|message| match message {
        ChatMessage::User { content } => Some(content.as_str()),
        _ => None,
    })
}

/// Whether the assistant has spoken yet; a mere tool call is not speaking.
pub(super) fn has_spoken(messages: &[ChatMessage]) -> bool {
    messages.iter().any(|message| match message {
        ChatMessage::Assistant { blocks } => blocks
            .iter()
            .any(|block| matches!(block, AssistantBlock::Text { .. })),
        _ => false,
    })
}

/// A result and the call it answers.
pub(super) struct Answered<'a> {
    pub(super) call: &'a ToolCall,
    pub(super) content: &'a str,
    pub(super) is_error: bool,
}

/// The results since the last person's message, when the last message is one of them.
pub(super) fn fresh_results(messages: &[ChatMessage]) -> Vec<Answered<'_>> {
    // A message that a person sent while the tools ran comes after the results and must not hide them.
    let turn = messages
        .iter()
        .rposition(|message| matches!(message, ChatMessage::Assistant { .. }))
        .map_or(&[][..], |start| &messages[start..]);
    let Some((ChatMessage::Assistant { blocks }, results)) = turn.split_first() else {
        return Vec::new();
    };
    results
        .iter()
        .filter_map(|message| match message {
            ChatMessage::ToolResult {
                call_id,
                content,
                is_error,
            } => {
                let call = blocks.iter().find_map(|block| match block {
                    AssistantBlock::ToolCall(call) if call.id == *call_id => Some(call),
                    _ => None,
                })?;
                Some(Answered {
                    call,
                    content,
                    is_error: *is_error,
                })
            }
            _ => None,
        })
        .collect()
}

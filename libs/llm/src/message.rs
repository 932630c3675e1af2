//! What a conversation looks like to a model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One message of the conversation, oldest first in a request. The system prompt is not a message: protocols
/// disagree on where it goes, so it has its own field in the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ChatMessage {
    /// What a person (or another agent) said.
    User {
        /// The text.
        content: String,
    },
    /// What the model answered, as the ordered blocks it produced.
    Assistant {
        /// Thinking, text and tool calls in the order they came.
        blocks: Vec<AssistantBlock>,
    },
    /// What a tool returned for one call of the preceding assistant message.
    ToolResult {
        /// The id of the call it answers.
        call_id: String,
        /// The result as the model shall read it.
        content: String,
        /// Whether the tool failed; the model then sees `content` as the reason.
        is_error: bool,
    },
}

impl ChatMessage {
    /// A user message.
    pub fn user(content: impl Into<String>) -> Self {
        Self::User {
            content: content.into(),
        }
    }

    /// An assistant message of plain text.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant {
            blocks: vec![AssistantBlock::Text { text: text.into() }],
        }
    }

    /// The result of a tool that succeeded.
    pub fn tool_result(call_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self::ToolResult {
            call_id: call_id.into(),
            content: content.into(),
            is_error: false,
        }
    }

    /// The result of a tool that failed.
    pub fn tool_error(call_id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::ToolResult {
            call_id: call_id.into(),
            content: reason.into(),
            is_error: true,
        }
    }
}

/// One part of an assistant message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AssistantBlock {
    /// Text for the reader.
    Text {
        /// The text.
        text: String,
    },
    /// Reasoning that the provider showed. Sent back only to protocols that ask for it.
    Thinking {
        /// The readable reasoning; may be empty where a provider returns only the signature.
        text: String,
        /// The provider's seal over it; without it the block cannot be sent back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// Reasoning that the provider returned encrypted; it must go back unchanged.
    RedactedThinking {
        /// The opaque payload.
        data: String,
    },
    /// A request to run a tool.
    ToolCall(ToolCall),
}

/// A model's request to run one tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Names the call; the result refers to it. Unique within a conversation.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// The arguments: always a JSON object, complete and parsed.
    pub arguments: Value,
}

//! What a caller asks of a model.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ChatMessage, duration_ms};

/// One completion to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompletionRequest {
    /// The provider's own name of the model, without a provider prefix.
    pub model: String,
    /// The system prompt; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The conversation, oldest first.
    pub messages: Vec<ChatMessage>,
    /// The tools that the model may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolDefinition>,
    /// Most tokens to generate; none leaves it to the provider (or to the model's usual limit where the protocol
    /// requires a number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Sampling temperature; none leaves it to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// How much the model shall reason; none leaves it to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<ThinkingLevel>,
    /// Time-outs that differ from the provider's for this call.
    #[serde(default)]
    pub timeouts: TimeoutOverrides,
}

impl CompletionRequest {
    /// A request with nothing but the model and the conversation.
    pub fn new(model: impl Into<String>, messages: Vec<ChatMessage>) -> Self {
        Self {
            model: model.into(),
            system: String::new(),
            messages,
            tools: Vec::new(),
            max_tokens: None,
            temperature: None,
            thinking: None,
            timeouts: TimeoutOverrides::default(),
        }
    }

    /// Sets the system prompt.
    #[must_use]
    pub fn with_system(mut self, system: impl Into<String>) -> Self {
        self.system = system.into();
        self
    }

    /// Sets the tools.
    #[must_use]
    pub fn with_tools(mut self, tools: Vec<ToolDefinition>) -> Self {
        self.tools = tools;
        self
    }
}

/// A tool as the model sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// The name that calls use.
    pub name: String,
    /// When and how to use it, in the model's words.
    pub description: String,
    /// JSON Schema of the arguments object.
    pub parameters: Value,
}

/// How much a model shall reason before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingLevel {
    /// Not at all, where the model allows that.
    Off,
    /// A little.
    Low,
    /// As much as usual.
    Medium,
    /// As much as it can.
    High,
}

/// Time-outs of one call that replace the provider's; the connect time-out belongs to the provider's client and
/// cannot be changed per call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeoutOverrides {
    /// From sending the request to the first event of the answer.
    #[serde(
        rename = "first_byte_ms",
        with = "duration_ms::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub first_byte: Option<Duration>,
    /// Silence between two events.
    #[serde(
        rename = "idle_ms",
        with = "duration_ms::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub idle: Option<Duration>,
    /// The whole call.
    #[serde(
        rename = "total_ms",
        with = "duration_ms::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub total: Option<Duration>,
}

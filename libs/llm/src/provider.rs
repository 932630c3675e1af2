//! The trait that every provider implements.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CompletionRequest, CompletionStream, LlmError};

/// Something that completes conversations: a remote service, a local server, or the offline assistant.
#[async_trait]
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// The configured name, unique in a registry; it appears in errors, metrics and `provider/model`.
    fn name(&self) -> &str;

    /// Which protocol it speaks.
    fn kind(&self) -> ProviderKind;

    /// Starts a completion. Returns when the provider accepted the request; the answer follows in the stream.
    /// Dropping the future or the stream cancels the request at the provider.
    async fn complete(&self, request: CompletionRequest) -> Result<CompletionStream, LlmError>;

    /// The models that this account can use now.
    async fn list_models(&self) -> Result<Vec<ModelInfo>, LlmError>;

    /// Connects, authenticates and lists models, so that a person learns whether the settings work.
    async fn check(&self) -> Result<ProviderHealth, LlmError>;
}

/// The protocols that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// `OpenAI` chat completions, and every server that speaks them.
    Openai,
    /// Anthropic messages.
    Anthropic,
    /// Ollama's own chat API.
    Ollama,
    /// The rule-based assistant without a network.
    Offline,
}

impl ProviderKind {
    /// The stable name, as in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Ollama => "ollama",
            Self::Offline => "offline",
        }
    }
}

impl std::fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One model that a provider offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The name to use in a request.
    pub id: String,
    /// How many tokens a conversation may have, as reported or from the built-in table.
    pub context_window: u32,
}

/// What a connection test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderHealth {
    /// Whether it can be used.
    pub status: HealthStatus,
    /// How long the test took.
    #[serde(rename = "latency_ms", with = "crate::duration_ms")]
    pub latency: Duration,
    /// The models found.
    pub models: Vec<ModelInfo>,
    /// What is wrong although it answers, with a remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether a provider that answered can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// Everything works.
    Healthy,
    /// It answers, but the configured default model is not among its models.
    Degraded,
}

//! What agents remember, and how it is found again.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::providers::{ProviderConfig, ProviderKind, ProvidersConfig};
use super::unset;
use crate::errors::Faults;

/// `[memory]`: what agents remember, and how it is found again.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct MemoryConfig {
    /// What makes vectors of texts.
    pub embedder: EmbedderKind,
    /// The folder with the files of the built-in model.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub model_folder: Option<PathBuf>,
    /// The model that a provider is asked for.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub model: Option<String>,
    /// The provider, when not the one named like the embedder.
    #[serde(deserialize_with = "unset::read", serialize_with = "unset::write")]
    pub provider: Option<String>,
    /// Whether memories enter prompts unasked.
    pub recall: bool,
    /// How much of a prompt they may take.
    pub recall_tokens: u32,
    /// How long a run waits for them.
    pub recall_ms: u64,
}

/// What makes vectors of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbedderKind {
    /// The built-in model when its files are there, else hashing.
    Auto,
    /// The built-in model, on the CPU.
    Builtin,
    /// An Ollama server.
    Ollama,
    /// `OpenAI`, or what is compatible with it.
    OpenAi,
    /// Feature hashing: compares words, not meaning.
    Hashed,
}

impl fmt::Display for EmbedderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Builtin => "builtin",
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
            Self::Hashed => "hashed",
        })
    }
}

impl EmbedderKind {
    /// The protocol of the provider it needs, if it needs one.
    #[must_use]
    pub fn provider_kind(self) -> Option<ProviderKind> {
        match self {
            Self::Ollama => Some(ProviderKind::Ollama),
            Self::OpenAi => Some(ProviderKind::OpenAi),
            Self::Auto | Self::Builtin | Self::Hashed => None,
        }
    }
}

impl MemoryConfig {
    /// How long a run waits for memories.
    #[must_use]
    pub const fn recall_time(&self) -> Duration {
        Duration::from_millis(self.recall_ms)
    }

    /// The provider that makes the vectors, with its name; none when no provider is needed or it does not exist.
    #[must_use]
    pub fn provider_of<'a>(
        &self,
        providers: &'a ProvidersConfig,
    ) -> Option<(&'a str, &'a ProviderConfig)> {
        let kind = self.embedder.provider_kind()?;
        let name = self.provider.clone().unwrap_or_else(|| kind.to_string());
        let found = providers.named.get_key_value(&name);
        found.map(|(name, provider)| (name.as_str(), provider))
    }

    pub(crate) fn validate(&self, providers: &ProvidersConfig, faults: &mut Faults) {
        faults.range("memory.recall_tokens", self.recall_tokens, 50..=20_000);
        faults.range("memory.recall_ms", self.recall_ms, 10..=30_000);
        let Some(kind) = self.embedder.provider_kind() else {
            return;
        };
        match self.provider_of(providers) {
            None => faults.add(
                "memory.provider",
                format!(
                    "no provider `{}`",
                    self.provider.as_deref().unwrap_or_default()
                ),
                format!("name one of kind {kind}, or leave it empty for `{kind}`"),
            ),
            Some((name, provider)) if provider.kind != kind => faults.add(
                "memory.provider",
                format!("`{name}` is of kind {}", provider.kind),
                format!("name one of kind {kind}, or choose another memory.embedder"),
            ),
            Some((name, provider)) if !provider.is_configured() => faults.add(
                "memory.embedder",
                format!("`{kind}` needs the provider `{name}`, which is not configured"),
                format!("set providers.{name}.base_url or providers.{name}.api_key"),
            ),
            Some(_) => {}
        }
    }
}

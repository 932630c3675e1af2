//! What must be known to reach a provider.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{ProviderKind, duration_ms};

/// One provider. The key arrives here and nowhere else; this crate never looks into the environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The protocol.
    pub kind: ProviderKind,
    /// Where the API is; none for the public address of the kind. `OpenAI` style addresses end in `/v1`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The key, where one is needed.
    #[serde(default)]
    pub api_key: Option<SecretString>,
    /// The model to use when a request names none; none for the kind's usual one.
    #[serde(default)]
    pub default_model: Option<String>,
    /// Tokens that a conversation with its models may have; none for what is known of each model.
    #[serde(default)]
    pub context_window: Option<u32>,
    /// How long to wait for what.
    #[serde(default)]
    pub timeouts: Timeouts,
}

impl ProviderConfig {
    /// A provider of this kind with nothing else set.
    #[must_use]
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            base_url: None,
            api_key: None,
            default_model: None,
            context_window: None,
            timeouts: Timeouts::default(),
        }
    }

    /// Sets where the API is.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets the key.
    #[must_use]
    pub fn with_api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(SecretString::from(key.into()));
        self
    }

    /// Sets the model for requests that name none.
    #[must_use]
    pub fn with_default_model(mut self, model: impl Into<String>) -> Self {
        self.default_model = Some(model.into());
        self
    }

    /// Sets how many tokens a conversation with its models may have.
    #[must_use]
    pub fn with_context_window(mut self, tokens: u32) -> Self {
        self.context_window = Some(tokens);
        self
    }

    /// Sets how long to wait for what.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Whether enough is known to use it: a key, an address, or a kind that needs neither.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.kind == ProviderKind::Offline || self.api_key.is_some() || self.base_url.is_some()
    }
}

/// How long to wait for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// To connect.
    #[serde(rename = "connect_ms", with = "duration_ms")]
    pub connect: Duration,
    /// From sending a request to the first byte of the answer's body.
    #[serde(rename = "first_byte_ms", with = "duration_ms")]
    pub first_byte: Duration,
    /// Silence within an answer.
    #[serde(rename = "idle_ms", with = "duration_ms")]
    pub idle: Duration,
    /// A whole call.
    #[serde(rename = "total_ms", with = "duration_ms")]
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        // Reasoning models and cold local models are silent for minutes before they speak.
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_mins(3),
            idle: Duration::from_mins(2),
            total: Duration::from_mins(30),
        }
    }
}

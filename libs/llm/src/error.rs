//! The one error taxonomy of all providers.

pub(crate) mod classify;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_ms;

/// Why a call to a model failed, in terms that a caller can act on. Never holds a key or a whole response body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{provider}: {message}")]
pub struct LlmError {
    /// What went wrong; decides retry, fallback and remedy.
    pub kind: LlmErrorKind,
    /// The configured name of the provider.
    pub provider: String,
    /// What happened, in one sentence, with the provider's own words where it gave any.
    pub message: String,
    /// How long the provider asked to wait before trying again.
    #[serde(default, rename = "retry_after_ms", with = "duration_ms::option")]
    pub retry_after: Option<Duration>,
    /// The HTTP status, when there was a response.
    #[serde(default)]
    pub status: Option<u16>,
}

impl LlmError {
    /// An error without status or waiting time.
    pub fn new(
        kind: LlmErrorKind,
        provider: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            provider: provider.into(),
            message: message.into(),
            retry_after: None,
            status: None,
        }
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds the time the provider asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Whether the same request may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        // A whole response that does not fit the protocol comes from a wrong address and stays wrong.
        let wrong_server = self.kind == LlmErrorKind::Protocol && self.status.is_some();
        self.kind.is_retryable() && !wrong_server
    }

    /// What a person can do about it, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        let provider = &self.provider;
        match self.kind {
            LlmErrorKind::Auth => format!(
                "Set a valid key in providers.{provider}.api_key; the current one is missing, wrong or not allowed to use this model."
            ),
            LlmErrorKind::RateLimited => match self.retry_after {
                Some(wait) => format!(
                    "Wait {} s and try again, or choose another provider.",
                    wait.as_secs().max(1)
                ),
                None => "Wait a little and try again, check the account's limits and credit, or choose another provider.".to_owned(),
            },
            LlmErrorKind::Overloaded => {
                "The provider is busy or failing: try again in a moment or choose another provider.".to_owned()
            }
            LlmErrorKind::ContextTooLong => {
                "Start a new conversation, shorten the message, or choose a model with a larger context window.".to_owned()
            }
            LlmErrorKind::ContentRefused => {
                "The provider's content policy refused this: rephrase the message or choose another model.".to_owned()
            }
            LlmErrorKind::BadRequest => format!(
                "The provider does not accept this request: check that providers.{provider}.default_model supports what is asked, such as tools."
            ),
            LlmErrorKind::ModelNotFound => format!(
                "Choose a model that {provider} offers and set it in providers.{provider}.default_model."
            ),
            LlmErrorKind::Network => format!(
                "Check that providers.{provider}.base_url is right and reachable from this machine."
            ),
            LlmErrorKind::Timeout => format!(
                "The provider is slow or unreachable: check providers.{provider}.base_url, or raise providers.idle_timeout_ms."
            ),
            LlmErrorKind::Protocol => format!(
                "The answer is not what this protocol promises: check that providers.{provider}.kind fits the server behind providers.{provider}.base_url."
            ),
        }
    }
}

/// The closed list of what can go wrong with a model call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LlmErrorKind {
    /// The key is missing, wrong, or not allowed.
    Auth,
    /// Too many requests or tokens for this account, or its credit is used up.
    RateLimited,
    /// The provider is overloaded or failing on its side.
    Overloaded,
    /// The conversation does not fit the model's context window.
    ContextTooLong,
    /// The provider's content policy refused.
    ContentRefused,
    /// The provider rejected the request for another reason.
    BadRequest,
    /// There is no such model, or the account cannot use it.
    ModelNotFound,
    /// No connection, or the connection was lost before the answer was complete.
    Network,
    /// One of the time-outs passed.
    Timeout,
    /// The provider answered something that its protocol does not allow.
    Protocol,
}

impl LlmErrorKind {
    /// The stable code, as it is serialised and used as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::ContextTooLong => "context_too_long",
            Self::ContentRefused => "content_refused",
            Self::BadRequest => "bad_request",
            Self::ModelNotFound => "model_not_found",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
        }
    }

    /// Whether the same request may succeed later without anyone changing anything. `Protocol` counts because a
    /// model may produce malformed tool arguments once and valid ones the next time.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Overloaded | Self::Network | Self::Timeout | Self::Protocol
        )
    }
}

impl std::fmt::Display for LlmErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

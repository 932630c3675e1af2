//! Why no vectors came back, and whether it is worth asking again.

use std::time::Duration;

/// A failed embedding. Its text holds neither keys nor the texts that were to be embedded, nor a provider's own words, which
/// may repeat either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EmbedError {
    /// What kind of failure it was.
    pub kind: EmbedErrorKind,
    /// What happened, for logs and operators.
    pub message: String,
    /// What a person can do about it.
    pub remedy: String,
    /// How long the provider asked to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

/// The closed list of what can go wrong with an embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmbedErrorKind {
    /// The configuration names something that is not there.
    Configuration,
    /// The model's files are missing or damaged.
    ModelFiles,
    /// The key is missing, wrong, or not allowed.
    Auth,
    /// Too many requests for this account.
    RateLimited,
    /// The provider could not be reached, is overloaded, or did not answer in time.
    Unavailable,
    /// The provider refused the request, for example because it does not know the model.
    BadRequest,
    /// The answer is not what the protocol promises: not as many vectors as texts, or of another dimension than before.
    Protocol,
    /// The calculation itself failed.
    Internal,
}

impl EmbedErrorKind {
    /// The stable code, as a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::ModelFiles => "model_files",
            Self::Auth => "auth",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::BadRequest => "bad_request",
            Self::Protocol => "protocol",
            Self::Internal => "internal",
        }
    }

    /// What anybody may be told, whoever's text it was and whatever the provider said.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::Configuration => "the embedder is not configured as it must be",
            Self::ModelFiles => "the embedder cannot load its model",
            Self::Auth => "the embedder is not allowed to use its provider",
            Self::RateLimited => "the embedder is asked too often now",
            Self::Unavailable => "the embedder does not answer now",
            Self::BadRequest => "the embedder refuses this text",
            Self::Protocol => "the embedder gives no usable answer",
            Self::Internal => "the embedder failed",
        }
    }

    /// Whether it stands in the way of every text, not only of the one that was to be embedded.
    #[must_use]
    pub fn is_about_the_embedder(self) -> bool {
        match self {
            Self::Configuration
            | Self::ModelFiles
            | Self::Auth
            | Self::RateLimited
            | Self::Unavailable => true,
            Self::BadRequest | Self::Protocol | Self::Internal => false,
        }
    }
}

impl EmbedError {
    pub(crate) fn new(
        kind: EmbedErrorKind,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            remedy: remedy.into(),
            retry_after: None,
        }
    }

    /// Whether the same texts may be embedded later without anyone changing anything. What is not worth repeating soon
    /// (a wrong key, missing files) may still be mended by an operator: try again after minutes, not seconds.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            EmbedErrorKind::RateLimited | EmbedErrorKind::Unavailable | EmbedErrorKind::Internal
        )
    }
}

//! Embedders over the network: Ollama, `OpenAI`, and what is compatible with it.

use std::sync::OnceLock;

use async_trait::async_trait;
use mosaic_config::{Config, EmbedderKind, ExposeSecret as _};
use mosaic_llm::{Embeddings, LlmError, LlmErrorKind, ProviderConfig, ProviderKind, Timeouts};

use crate::vector::normalised;
use crate::{EmbedError, EmbedErrorKind, Embedder, EmbeddingModel};

/// Texts in one request.
const BATCH: usize = 32;
/// What is embedded to learn a model's dimension.
const PROBE: &str = "How many numbers has a vector?";

/// An embedder behind a configured provider.
#[derive(Debug)]
pub struct Remote {
    embeddings: Embeddings,
    /// Kind and model.
    name: String,
    /// The model as the provider calls it.
    model: String,
    /// The provider's name in the configuration.
    provider: String,
    /// Learned from the first answer, held from then on.
    dimension: OnceLock<usize>,
}

impl Remote {
    /// The embedder that the configuration describes. Nothing is sent yet.
    pub fn new(config: &Config) -> Result<Self, EmbedError> {
        let memory = &config.memory;
        let (kind, prefix, usual) = match memory.embedder {
            EmbedderKind::Ollama => (ProviderKind::Ollama, "ollama", "nomic-embed-text"),
            _ => (ProviderKind::Openai, "openai", "text-embedding-3-small"),
        };
        let Some((provider, settings)) = memory.provider_of(&config.providers) else {
            return Err(EmbedError::new(
                EmbedErrorKind::Configuration,
                format!("the embedder {} has no provider", memory.embedder),
                "set memory.provider to a configured provider",
            ));
        };
        let mut wanted = ProviderConfig::new(kind).with_timeouts(Timeouts {
            connect: config.providers.connect_timeout(),
            idle: config.providers.idle_timeout(),
            ..Timeouts::default()
        });
        if let Some(base_url) = &settings.base_url {
            wanted = wanted.with_base_url(base_url.expose());
        }
        if let Some(key) = &settings.api_key {
            wanted = wanted.with_api_key(key.expose_secret());
        }
        let model = memory.model.clone().unwrap_or_else(|| usual.to_owned());
        Ok(Self {
            embeddings: Embeddings::new(provider, wanted)
                .map_err(|error| explain(error, provider))?,
            name: format!("{prefix}/{model}"),
            model,
            provider: provider.to_owned(),
            dimension: OnceLock::new(),
        })
    }

    async fn batch(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let vectors = self.embeddings.embed(&self.model, texts).await;
        let vectors = vectors.map_err(|error| failed(error, &self.provider))?;
        vectors
            .into_iter()
            .map(|vector| self.accept(vector))
            .collect()
    }

    /// The vector with length 1, if it is of the dimension that this model has.
    fn accept(&self, vector: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
        let (held, got) = (*self.dimension.get_or_init(|| vector.len()), vector.len());
        if got != held {
            return Err(self.odd(format!(
                "`{}` gave a vector of {got} numbers, and before of {held}",
                self.model
            )));
        }
        normalised(vector)
            .ok_or_else(|| self.odd(format!("`{}` gave a vector without direction", self.model)))
    }

    fn odd(&self, message: String) -> EmbedError {
        EmbedError::new(
            EmbedErrorKind::Protocol,
            format!("{}: {message}", self.provider),
            format!(
                "check that memory.model is a model for embeddings and what serves providers.{}; after a change of the model restart \
                 memory-indexer",
                self.provider
            ),
        )
    }
}

#[async_trait]
impl Embedder for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    fn note(&self) -> Option<&str> {
        None
    }

    fn relevance_floor(&self) -> f32 {
        0.3
    }

    async fn model(&self) -> Result<EmbeddingModel, EmbedError> {
        if self.dimension.get().is_none() {
            self.batch(&[PROBE.to_owned()]).await?;
        }
        let dimension = self.dimension.get().copied().unwrap_or_default();
        Ok(EmbeddingModel {
            name: self.name.clone(),
            dimension: u32::try_from(dimension).unwrap_or(u32::MAX),
        })
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            vectors.extend(self.batch(batch).await?);
        }
        Ok(vectors)
    }
}

/// A call that failed, in words of our own: a provider's may repeat what somebody wrote, and go to logs.
fn failed(error: LlmError, provider: &str) -> EmbedError {
    let own = matches!(error.kind, LlmErrorKind::Network | LlmErrorKind::Timeout);
    let status = error.status;
    let mut told = explain(error, provider);
    if !own || status.is_some() {
        let status = status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
        told.message = format!("{provider}: {}{status}", told.kind.told());
    }
    told
}

fn explain(error: LlmError, provider: &str) -> EmbedError {
    let (kind, remedy) = match error.kind {
        LlmErrorKind::Auth => (EmbedErrorKind::Auth, None),
        LlmErrorKind::RateLimited => (EmbedErrorKind::RateLimited, None),
        LlmErrorKind::Overloaded | LlmErrorKind::Network | LlmErrorKind::Timeout => {
            (EmbedErrorKind::Unavailable, None)
        }
        LlmErrorKind::Protocol => (EmbedErrorKind::Protocol, None),
        LlmErrorKind::ModelNotFound => (
            EmbedErrorKind::BadRequest,
            Some(format!(
                "set memory.model to a model for embeddings that {provider} offers (Ollama: `ollama pull` it first)"
            )),
        ),
        LlmErrorKind::ContextTooLong | LlmErrorKind::ContentRefused | LlmErrorKind::BadRequest => (
            EmbedErrorKind::BadRequest,
            Some(format!(
                "check that memory.model is a model for embeddings of {provider}"
            )),
        ),
    };
    let mut told = EmbedError::new(
        kind,
        error.to_string(),
        remedy.unwrap_or_else(|| error.remedy()),
    );
    told.retry_after = error.retry_after;
    told
}

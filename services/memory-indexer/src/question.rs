//! Embeds questions, and does not wait long for an embedder that is away.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mosaic_memory::{EmbedError, EmbedErrorKind, Embedder, EmbeddingModel};
use tokio::time::{Instant, timeout};

/// For how long a question is not even tried after the embedder was found to be away.
const AWAY: Duration = Duration::from_secs(3);

/// Makes vectors of questions. Whoever asks is told only what kind of failure it was: another's question may have failed,
/// and what a provider says of it is not theirs to read.
#[derive(Debug)]
pub(crate) struct Questions {
    embedder: Arc<dyn Embedder>,
    away: Mutex<Option<(Instant, EmbedErrorKind)>>,
}

impl Questions {
    pub(crate) const fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self {
            embedder,
            away: Mutex::new(None),
        }
    }

    pub(crate) fn embedder(&self) -> &dyn Embedder {
        &*self.embedder
    }

    /// The vector of a question and the model that made it, or why there is none.
    pub(crate) async fn vector(
        &self,
        question: &str,
        patience: Duration,
    ) -> Result<(EmbeddingModel, Vec<f32>), &'static str> {
        if let Some(kind) = self.known_away() {
            return Err(kind.told());
        }
        match timeout(patience, self.embed(question)).await {
            Ok(Ok((model, Some(vector)))) => Ok((model, vector)),
            Ok(Ok((_, None))) => Err(EmbedErrorKind::Protocol.told()),
            Ok(Err(error)) => {
                tracing::info!(%error, remedy = error.remedy, "a question cannot be embedded");
                self.note(error.kind);
                Err(error.kind.told())
            }
            // Somebody in a hurry learned nothing about the embedder.
            Err(_) => Err("the embedder gave no answer in time"),
        }
    }

    async fn embed(
        &self,
        question: &str,
    ) -> Result<(EmbeddingModel, Option<Vec<f32>>), EmbedError> {
        let model = self.embedder.model().await?;
        let vectors = self.embedder.embed(&[question.to_owned()]).await?;
        Ok((model, vectors.into_iter().next()))
    }

    fn known_away(&self) -> Option<EmbedErrorKind> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.as_ref()
            .filter(|(until, _)| Instant::now() < *until)
            .map(|(_, kind)| *kind)
    }

    fn note(&self, kind: EmbedErrorKind) {
        if kind.is_about_the_embedder() {
            let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            *away = Some((Instant::now() + AWAY, kind));
        }
    }
}

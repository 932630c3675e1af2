//! Embeds questions, and does not wait long for an embedder that is away.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mosaic_memory::{Embedder, EmbeddingModel};
use tokio::time::{Instant, timeout};

/// For how long a question is not even tried after one failed.
const AWAY: Duration = Duration::from_secs(3);

/// Makes vectors of questions.
#[derive(Debug)]
pub(crate) struct Questions {
    embedder: Arc<dyn Embedder>,
    away: Mutex<Option<(Instant, String)>>,
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
    ) -> Result<(EmbeddingModel, Vec<f32>), String> {
        if let Some(reason) = self.known_away() {
            return Err(reason);
        }
        let made = timeout(patience, self.embed(question)).await;
        match made {
            Ok(Ok(made)) => Ok(made),
            Ok(Err(reason)) => {
                self.note(reason.clone());
                Err(reason)
            }
            // Somebody in a hurry learned nothing about the embedder.
            Err(_) => Err("the embedder gave no answer in time".to_owned()),
        }
    }

    async fn embed(&self, question: &str) -> Result<(EmbeddingModel, Vec<f32>), String> {
        let model = self
            .embedder
            .model()
            .await
            .map_err(|error| error.to_string())?;
        let texts = [question.to_owned()];
        let vectors = self
            .embedder
            .embed(&texts)
            .await
            .map_err(|error| error.to_string())?;
        let vector = vectors.into_iter().next();
        let vector = vector.ok_or_else(|| "the embedder answered without a vector".to_owned())?;
        Ok((model, vector))
    }

    fn known_away(&self) -> Option<String> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.as_ref()
            .filter(|(until, _)| Instant::now() < *until)
            .map(|(_, reason)| reason.clone())
    }

    fn note(&self, reason: String) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        *away = Some((Instant::now() + AWAY, reason));
    }
}

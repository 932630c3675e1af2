//! The built-in model: all-MiniLM-L6-v2, calculated on the CPU of this process.
//!
//! Calculating never touches the async runtime: a thread of its own holds the model, gets its work through a channel and
//! calculates on as many cores as it may have. It loads the model when it starts, with the first text, and ends when
//! nothing was asked of it for a while, so an idle process holds neither the 90 MB of weights nor a thread.
//!
//! Large orders are cut into batches, and every batch waits for its turn: a question of somebody who waits is answered
//! between two batches of a large re-embedding.

mod bert;
mod files;
mod model;
mod thread;

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;

pub use files::ModelFiles;
use model::DIMENSION;
use thread::Calculator;

use crate::{EmbedError, EmbedErrorKind, Embedder, EmbeddingModel};

/// How many texts are calculated between two turns.
const BATCH: usize = 16;
/// After this long without work the model is dropped. Longer than people pause in a conversation: loading takes as long as
/// a hurried search waits.
const IDLE: Duration = Duration::from_mins(15);

/// The embedder that runs all-MiniLM-L6-v2 on the CPU.
#[derive(Debug)]
pub struct Builtin {
    calculator: Calculator,
    /// One batch at a time; whoever waits longest is next.
    turn: Semaphore,
}

impl Builtin {
    /// The name under which its vectors are kept.
    pub const NAME: &'static str = "builtin/all-MiniLM-L6-v2";

    /// An embedder that loads these files with the first text.
    #[must_use]
    pub fn new(files: ModelFiles) -> Self {
        Self::with_idle(files, IDLE)
    }

    /// The same, dropping the model after another time without work.
    #[must_use]
    pub fn with_idle(files: ModelFiles, idle: Duration) -> Self {
        Self {
            calculator: Calculator::new(files, idle),
            turn: Semaphore::new(1),
        }
    }

    /// Whether the model is in memory at present.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.calculator.is_running()
    }

    async fn batch(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let closed = |_| internal("the built-in model has been shut down");
        let _turn = self.turn.acquire().await.map_err(closed)?;
        self.calculator.calculate(texts).await
    }
}

#[async_trait]
impl Embedder for Builtin {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn note(&self) -> Option<&str> {
        None
    }

    fn relevance_floor(&self) -> f32 {
        0.25
    }

    async fn model(&self) -> Result<EmbeddingModel, EmbedError> {
        Ok(EmbeddingModel {
            name: Self::NAME.to_owned(),
            dimension: u32::try_from(DIMENSION).unwrap_or_default(),
        })
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        // Texts of like length together: a batch is as wide as its longest text.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| texts[*at].len());
        let mut vectors = vec![Vec::new(); texts.len()];
        for places in order.chunks(BATCH) {
            let batch = places.iter().map(|at| texts[*at].clone()).collect();
            for (at, vector) in places.iter().zip(self.batch(batch).await?) {
                vectors[*at] = vector;
            }
        }
        Ok(vectors)
    }
}

fn internal(message: impl Into<String>) -> EmbedError {
    EmbedError::new(
        EmbedErrorKind::Internal,
        message,
        "try again; if it stays, choose another memory.embedder and report this",
    )
}

#[cfg(test)]
mod tests;

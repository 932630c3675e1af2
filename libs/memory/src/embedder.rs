//! The trait behind which the makers of vectors stand, and the choice among them.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use mosaic_config::{Config, EmbedderKind};

use crate::{Builtin, EmbedError, Hashed, ModelFiles, Remote};

/// Which model made a vector. Vectors of different models are never compared, whatever their dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmbeddingModel {
    /// Kind and model, as in `builtin/all-MiniLM-L6-v2`, `hashed/v1`, `ollama/nomic-embed-text`.
    pub name: String,
    /// How many numbers a vector has.
    pub dimension: u32,
}

/// Makes vectors of texts, such that texts of similar meaning (or, for [`Hashed`], of similar words) are near each other
/// by their cosine.
///
/// Every vector has length 1, is of the dimension of [`Embedder::model`], and is never zero, so a cosine always exists.
#[async_trait]
pub trait Embedder: Send + Sync + Debug {
    /// The name of the model, which is known without asking anybody.
    fn name(&self) -> &str;

    /// An honest remark for operators, such as that meaning is not compared at all. None when there is nothing to say.
    fn note(&self) -> Option<&str>;

    /// The cosine below which a neighbour is a stranger: what is farther away should not enter a prompt unasked.
    fn relevance_floor(&self) -> f32;

    /// The model with its dimension. A provider over the network is asked once, the first time; from then on every
    /// vector must be of that dimension.
    async fn model(&self) -> Result<EmbeddingModel, EmbedError>;

    /// One vector for each text, in their order. All or none: a failure says whether to try again. Texts that are too
    /// long for the model are embedded by their beginning; cut them with [`crate::chunk`] first.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// The embedder that the configuration asks for. Nothing is loaded or asked yet; that happens with the first text.
pub fn embedder(config: &Config) -> Result<Arc<dyn Embedder>, EmbedError> {
    match config.memory.embedder {
        EmbedderKind::Auto => Ok(match ModelFiles::find(config) {
            Ok(files) => Arc::new(Builtin::new(files)),
            Err(missing) => Arc::new(Hashed::because(&missing)),
        }),
        EmbedderKind::Builtin => Ok(Arc::new(Builtin::new(ModelFiles::find(config)?))),
        EmbedderKind::Hashed => Ok(Arc::new(Hashed::default())),
        EmbedderKind::Ollama | EmbedderKind::OpenAi => Ok(Arc::new(Remote::new(config)?)),
    }
}

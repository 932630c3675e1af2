//! What memory is made of: chunks of text, embeddings, and the fusion of two searches into one list.
//!
//! A text that is to be remembered is cut into chunks ([`chunk`]); each chunk becomes a vector by an [`Embedder`]. A
//! search asks twice, by words and by meaning, and [`fuse`] makes one explained list of both answers. Where chunks and
//! vectors are kept, and who may see them, is not known here: that is `libs/storage`.

mod builtin;
mod chunk;
mod embedder;
mod error;
mod fuse;
mod hashed;
mod remote;
mod vector;

pub use builtin::{Builtin, ModelFiles};
pub use chunk::chunk;
pub use embedder::{Embedder, EmbeddingModel, embedder};
pub use error::{EmbedError, EmbedErrorKind};
pub use fuse::{Candidate, Explanation, FuseOptions, Ranked, fuse};
pub use hashed::Hashed;
pub use remote::Remote;

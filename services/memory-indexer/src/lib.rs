//! The service `memory-indexer`: consumes the events about messages and counts them.
//!
//! It does nothing else. Chunking, embedding, indexing and search are not built yet; until they are, this service shows that
//! events reach it, each counted once, and how it is.

mod app;

pub use app::MemoryIndexer;

//! The service `summarizer`: consumes the events about messages and counts them.
//!
//! It does nothing else. Compaction, summaries, digests and scheduled jobs are not built yet; until they are, this service shows that
//! events reach it, each counted once, and how it is.

mod app;

pub use app::Summarizer;

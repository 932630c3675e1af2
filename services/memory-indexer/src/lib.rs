//! The service `memory-indexer`: remembers what was said and noted, and finds it again. Any number of replicas.
//!
//! Two steps make a memory. *Capture* ([`capture`]) hears `message.created` and stores the message with its chunks in one
//! transaction; from then on its words are found. *Embedding* ([`embed`]) gives chunks their vectors, in batches that
//! are leased from the record: what is pending is known there, so nothing is lost with a replica, and after a change of
//! the model everything is embedded again by itself. Both may be done twice without harm. [`search`] answers
//! `MemoryService.Search`, by words alone while the embedder is away. [`past`] catches up with what no event told of. What is remembered never enters logs or events.

mod app;
mod capture;
mod embed;
mod metrics;
mod notes;
mod past;
mod question;
mod search;
mod worth;

pub use app::MemoryIndexer;

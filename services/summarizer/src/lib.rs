//! The service `summarizer`: keeps conversations within their model's window and tells what they were about.
//!
//! Two kinds of summaries, both made by jobs of the queue `summaries`. A *compaction* is wanted when a stored message makes a
//! history heavier than a share of its model's window ([`trigger`]); it stands for the older runs from then on, and the
//! messages themselves stay. A *session* summary is wanted by schedule when a conversation has been silent ([`sweep`]). Other
//! services ask over gRPC ([`grpc`]).
//!
//! A job is done when its summary is recorded, in the transaction that takes the job out of the outbox; until then whatever
//! dies, another replica makes it ([`jobs`]). One that can never be done becomes a dead letter with its reason.
//!
//! Beside that it keeps the archive of events ([`archive`]).

mod app;
mod archive;
mod ask;
mod fold;
mod grpc;
mod jobs;
mod make;
mod metrics;
mod models;
mod sweep;
mod trigger;

pub use app::Summarizer;

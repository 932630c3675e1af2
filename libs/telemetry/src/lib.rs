//! Logs, traces, metrics, propagation, redaction.
//!
//! [`init`] is called once by whatever owns the process; further calls join what is there, so that several services
//! share one process. Log lines go to standard error. Traces and metrics go out over OTLP when an endpoint is
//! configured; metrics are always readable as Prometheus text ([`metrics::render`]). Trace ids exist without an
//! endpoint too: they join log lines and cross service borders, they are only not recorded.

#[cfg(feature = "test-collector")]
pub mod collector;
mod export;
mod init;
mod json;
pub mod metrics;
pub mod propagation;
mod redact;
pub mod service;

pub use init::{Error, Guard, init};
pub use redact::{Redacted, redact_url};

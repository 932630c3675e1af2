//! Logs, traces, metrics, propagation, redaction.

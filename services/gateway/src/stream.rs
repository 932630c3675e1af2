//! Streams of server-sent events.

mod cloud_event;
mod sse;

pub(crate) use sse::Sse;

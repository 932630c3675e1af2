//! Job queues and event streams on Valkey, the outbox relay, live run streams.

//! Ids, aggregates, state machines and policies. No I/O and no clock of its own.

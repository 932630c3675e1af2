//! Tests that cross services, with real processes.

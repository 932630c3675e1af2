//! Schema migrations: up, status, verify, bootstrap; runs and exits.

//! Private Postgres and Valkey as child processes, for the local tier and for tests.

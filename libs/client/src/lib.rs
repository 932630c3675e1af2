//! Typed client of the public API, shared by the command line and the tests.

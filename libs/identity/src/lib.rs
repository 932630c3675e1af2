//! Tokens and the caller they prove.

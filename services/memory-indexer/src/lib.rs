//! Indexes what was said so that it can be remembered.

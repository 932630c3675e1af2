//! The one start-up and shutdown sequence of every service.

pub mod describe;
pub mod registration;

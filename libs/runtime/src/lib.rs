//! The one start-up and shutdown sequence of every service.

//! The WebSocket: messages in, acknowledgements and events out, any number of conversations on one socket.

mod commands;
mod greeting;
mod session;
mod watches;

pub(crate) use session::{Opener, Session};

//! Watching: every event of a run or a conversation to everyone who watches, each later event exactly once.
//!
//! Per process there is one *feed* per watched run, however many watch it. It reads the run's log once and broadcasts
//! rendered [`Frame`]s. A watcher ([`RunWatch`]) has a cursor, the last event it delivered: it gets what it missed from what
//! the feed has sent last (`recent.rs`), or else catches up out of the record and Valkey (`reader.rs`), and then follows the
//! broadcast; a watcher that lags behind what the broadcast keeps does so again. A slow client therefore never slows the
//! feed or another client down.
//!
//! Many may watch one conversation, and a new run wakes them all at once. They look for it together (`lookout.rs`), and the
//! feed of a young run begins with its first event, so that they need to read nothing: a thousand watchers ask the stores no
//! more than a few do.
//!
//! Nothing here trusts Valkey to have everything: what does not provably follow (`continuity.rs`), and silence, make the feed ask
//! Postgres, which has every recorded event and the end of every run. With Valkey gone, watching goes on at the pace of
//! recorded steps.

mod continuity;
mod conversation;
mod feed;
mod frame;
mod hub;
mod lookout;
mod reader;
mod recent;
mod run;

pub use conversation::{ConversationWatch, Start};
pub use frame::Frame;
pub use hub::{Hub, HubParts};
pub use run::RunWatch;

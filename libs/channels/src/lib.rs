//! Chat channels: places outside of Mosaic where people write.
//!
//! [`Adapter`] is the contract that every channel fulfils. What goes out is Markdown in pieces that the channel takes
//! ([`chunk`]); each adapter turns a piece into what its channel shows. [`telegram`] is the one there is so far. Adapters
//! translate and nothing else: who may write, which conversation is meant and what was shown already is decided by the
//! bridge, out of the record.

mod adapter;
mod chunk;
mod error;
mod pace;
pub mod telegram;

pub use adapter::{
    Adapter, Content, Health, HealthState, InboundMessage, Intake, Limits, Profile, Refused,
    Sender, Update,
};
pub use chunk::{chunk, units};
pub use error::ChannelError;
pub use pace::Pace;

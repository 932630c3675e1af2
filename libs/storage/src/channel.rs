//! Chat channels: who is who there, what came in, and what is to be shown.
//!
//! What comes in is dealt with in one transaction per update ([`ChannelUpdate`]) that begins by noting the update's number:
//! an update that is delivered again finds its number and changes nothing. What goes out is written down before and after
//! each message of the channel ([`ChatHold`]), by whoever holds the chat and by nobody else.

pub(crate) mod chat;
pub(crate) mod code;
pub(crate) mod delivery;
pub(crate) mod inbox;
pub(crate) mod link;
pub(crate) mod mapping;
pub(crate) mod post;
pub(crate) mod update;

pub use chat::{ChatClaim, ChatHold};
pub use code::LinkCodeMaking;
pub use delivery::{ChannelDelivery, DeliveryEnd, NewDelivery};
pub use inbox::{FailedUpdate, Patience};
pub use link::{ChannelLink, ChannelSender, NewChannelLink, Redeemed};
pub use mapping::{ChannelMapping, EVERY_CHAT};
pub use post::{Post, PostPlace};
pub use update::{ChannelChat, ChannelUpdate};

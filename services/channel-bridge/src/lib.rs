//! The service `channel-bridge`: carries messages between chat channels and conversations.
//!
//! **In.** Updates come by long polling, by the one replica that leads ([`inbound::poll`]), or through the gateway's webhook
//! ([`grpc`]). Each is dealt with in one transaction that begins with its number, so it counts once however often it
//! comes: the message is stored in the chat's conversation the way the gateway stores one, commands are carried out,
//! answers to them are queued ([`inbound`]). Only linked accounts are listened to, and only in private chats.
//!
//! **Out.** Every run of a conversation that a chat is bound to is delivered to the chat, whoever sent the message
//! ([`events`]). A delivery is a job on the queue `channel-out`. Its worker holds the chat, follows the run's log and
//! shows it by messages that grow ([`outbound`]); each is written down before and after it is sent, so another replica
//! goes on with the same messages. The one gap: a bridge that dies between the channel's taking a message and writing that
//! down leaves a message that nobody knows of, and it is sent again.

mod app;
mod bridge;
mod channels;
mod events;
mod grpc;
mod inbound;
mod metrics;
mod outbound;
mod stop;
mod words;

pub use app::ChannelBridge;

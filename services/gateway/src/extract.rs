//! What handlers take: callers, bodies, queries and ids, each refused as a problem when it does not fit.

mod body;
mod caller;
pub(crate) mod event_id;
mod id;
mod message;
pub(crate) mod own_page;
mod peer;
mod query;

pub(crate) use body::JsonBody;
pub(crate) use body::parse as parse_json;
pub(crate) use caller::{Identity, cookie_of};
pub(crate) use event_id::LastEventId;
pub(crate) use id::PathId;
pub(crate) use peer::Peer;
pub(crate) use query::QueryString;

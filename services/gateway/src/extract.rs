//! What handlers take: callers, bodies, queries and ids, each refused as a problem when it does not fit.

mod body;
mod caller;
pub(crate) mod event_id;
mod id;
mod message;
mod origin;
pub(crate) mod own_page;
mod peer;
mod query;
mod stranger;

pub(crate) use body::JsonBody;
pub(crate) use body::parse as parse_json;
pub(crate) use caller::{Identity, cookie_of};
pub(crate) use event_id::LastEventId;
pub(crate) use id::PathId;
pub(crate) use origin::Origin;
pub(crate) use peer::Peer;
pub(crate) use query::QueryString;
pub(crate) use stranger::Stranger;

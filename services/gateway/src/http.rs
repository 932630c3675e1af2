//! What every request passes on its way in and out.

mod cors;
mod headers;
mod limit;
mod observe;
pub(crate) mod problems;
mod router;
mod timeout;

pub(crate) use observe::trace_id;
pub(crate) use router::router;

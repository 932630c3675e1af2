//! `/api/runs`.

pub(super) mod read;
pub(super) mod stop;
pub(super) mod watch;

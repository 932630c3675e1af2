//! `/api/conversations`.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod messages;
pub(super) mod read;
pub(super) mod runs;
pub(super) mod send;
pub(super) mod watch;

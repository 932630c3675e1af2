//! `/api/runs`.

pub(super) mod inject;
pub(super) mod kill;
pub(super) mod kill_all;
pub(super) mod list;
pub(super) mod pause;
pub(super) mod read;
pub(super) mod resume;
pub(super) mod stop;
pub(super) mod watch;

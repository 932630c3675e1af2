//! `/api/workers`.

pub(super) mod drain;
pub(super) mod list;
pub(super) mod resume;

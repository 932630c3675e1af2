//! `/api/sessions`.

pub(super) mod delete;

//! `/api/memory`: what is remembered of the caller.

pub(super) mod forget;
pub(super) mod forget_conversation;
pub(super) mod list;
pub(super) mod read;
pub(super) mod save;
pub(super) mod search;

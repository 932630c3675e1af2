//! Summaries: of all conversations of the caller, of one, and asking for one.

pub(super) mod list;
pub(super) mod make;
pub(super) mod of_conversation;

//! How things look on a terminal; pure, so that snapshots can hold it.

pub(crate) mod answer;
pub(crate) mod facts;
pub(crate) mod table;
pub(crate) mod text;

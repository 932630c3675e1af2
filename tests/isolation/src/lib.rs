//! Who gets what: every operation that the API has, by every kind of caller, as a table.
//!
//! The table is in `cases/`, one file per tag of the document that the gateway serves. A test asks every operation as every
//! caller and holds the answers to it; an example prints it as `docs/security/isolation.md`, so that the document says what
//! is tested. An operation that has no case fails both, and so does a case that has no operation: whoever adds a route says
//! who may use it.

mod caller;
mod case;
mod matrix;
mod operation;
mod page;
mod profile;
mod thing;

pub use caller::Caller;
pub use case::Case;
pub use matrix::{Matrix, Row};
pub use operation::Operation;
pub use page::page;
pub use profile::Profile;
pub use thing::Thing;

/// The document that the gateway serves.
pub fn document() -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::from_str(&mosaic_gateway::openapi())?)
}

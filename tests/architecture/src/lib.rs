//! Reads the workspace, so that the tests of this package can hold it to the shape described in `docs/ARCHITECTURE.md`.
//!
//! A rule collects what breaks it as [`Findings`]: which file, what is wrong, what to do instead. All of them are shown
//! at once.

mod findings;
mod sources;
mod workspace;

pub use findings::Findings;
pub use sources::{SourceFile, code_line, files_under};
pub use workspace::{Dependency, Member, Ring, Workspace};

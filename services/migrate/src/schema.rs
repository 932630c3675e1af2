//! Applying migrations, and the schema as programs read it.

use mosaic_storage::{MigrationState, MigrationStatus, SchemaReport, Storage};
use serde::Serialize;

use crate::Error;

/// Applies what the database lacks, and tells what that was. Of several callers at once one applies, the others wait
/// for it.
pub async fn up(storage: &Storage) -> Result<Vec<MigrationStatus>, Error> {
    let lacking = pending(&storage.schema().await?);
    let after = storage.migrate().await?;
    Ok(after
        .migrations
        .into_iter()
        .filter(|one| lacking.iter().any(|before| before.version == one.version))
        .collect())
}

/// What `up` would apply.
pub(crate) fn pending(report: &SchemaReport) -> Vec<MigrationStatus> {
    let lacking = |one: &&MigrationStatus| one.state == MigrationState::Pending;
    report.migrations.iter().filter(lacking).cloned().collect()
}

/// The schema of a database, as `status --json` prints it.
#[derive(Debug, Serialize)]
pub struct StatusView {
    /// Whether this version of the code works on it.
    pub works: bool,
    /// Why not, with what to do; absent when it works.
    pub problem: Option<String>,
    /// Number of the newest migration the database has; absent when it has none.
    pub newest_applied: Option<i64>,
    /// The oldest code that works on it, as the number of the newest migration that code knows.
    pub oldest_code: Option<i64>,
    /// Every migration that is known here or there, in ascending order.
    pub migrations: Vec<MigrationView>,
}

/// One migration, as `status --json` prints it.
#[derive(Debug, Serialize)]
pub struct MigrationView {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub description: String,
    /// `applied`, `pending`, `drifted`, `dirty` or `unknown`.
    pub state: String,
}

impl From<&SchemaReport> for StatusView {
    fn from(report: &SchemaReport) -> Self {
        let problem = report.check().err().map(|state| state.to_string());
        let applied = report
            .migrations
            .iter()
            .filter(|one| one.state != MigrationState::Pending);
        Self {
            works: problem.is_none(),
            problem,
            newest_applied: applied.map(|one| one.version).max(),
            oldest_code: report.oldest_code,
            migrations: report.migrations.iter().map(MigrationView::from).collect(),
        }
    }
}

impl From<&MigrationStatus> for MigrationView {
    fn from(one: &MigrationStatus) -> Self {
        Self {
            version: one.version,
            description: one.description.clone(),
            state: one.state.to_string(),
        }
    }
}

//! The schema: applying it, and refusing to work on one this version does not know.

mod extension;
mod role;

use std::fmt;

use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::{Connection as _, PgConnection};

use crate::{Error, Purpose, Storage};

pub use extension::{Unfit, VectorExtension};
pub use role::{DatabaseRole, Provided};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// One migration and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub description: String,
    /// How it stands.
    pub state: MigrationState,
}

/// How a migration stands in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// The database has it, exactly as this version knows it.
    Applied,
    /// The database lacks it.
    Pending,
    /// The database has it with another content.
    Drifted,
    /// It was begun and did not finish.
    Dirty,
    /// The database has it and this version does not know it.
    Unknown,
}

impl fmt::Display for MigrationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Drifted => "drifted",
            Self::Dirty => "dirty",
            Self::Unknown => "unknown",
        })
    }
}

/// Every migration, known or found.
#[derive(Debug, Clone)]
pub struct SchemaReport {
    /// In ascending order.
    pub migrations: Vec<MigrationStatus>,
    /// The oldest code that works with what the database has.
    pub oldest_code: Option<i64>,
}

/// Why this version does not work on a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaState {
    /// Migrations are missing.
    #[error(
        "the database lacks {pending} migration(s) this version needs (newest: {newest}); run `mosaic-migrate up`"
    )]
    Behind {
        /// How many.
        pending: usize,
        /// Number of the newest.
        newest: i64,
    },
    /// The database was migrated by a newer release that this one does not work with.
    #[error(
        "the database was migrated to {found} by a newer release that needs at least version {oldest_code} of the code; this one knows {known}: upgrade this service"
    )]
    Ahead {
        /// Newest migration found.
        found: i64,
        /// Newest migration this version knows.
        known: i64,
        /// Oldest code that works with it.
        oldest_code: i64,
    },
    /// A migration was changed after it was applied, or left unfinished.
    #[error(
        "migration {version} ({description}) is {state} in the database; run `mosaic-migrate verify` and restore the schema it expects"
    )]
    Damaged {
        /// Its number.
        version: i64,
        /// Its name.
        description: String,
        /// Drifted or dirty.
        state: &'static str,
    },
}

impl SchemaReport {
    /// Whether this version of the code works on this schema.
    pub fn check(&self) -> Result<(), SchemaState> {
        let with = |state| self.migrations.iter().filter(move |one| one.state == state);
        for (state, name) in [
            (MigrationState::Drifted, "drifted"),
            (MigrationState::Dirty, "dirty"),
        ] {
            if let Some(one) = with(state).next() {
                return Err(SchemaState::Damaged {
                    version: one.version,
                    description: one.description.clone(),
                    state: name,
                });
            }
        }
        let known = newest_known();
        let pending = with(MigrationState::Pending).count();
        if pending > 0 {
            return Err(SchemaState::Behind {
                pending,
                newest: known,
            });
        }
        let oldest_code = self.oldest_code.unwrap_or(i64::MAX);
        match with(MigrationState::Unknown).map(|one| one.version).max() {
            Some(found) if oldest_code > known => Err(SchemaState::Ahead {
                found,
                known,
                oldest_code,
            }),
            _ => Ok(()),
        }
    }
}

/// Waits for another migrator for as long as it takes, which is longer than other locks are waited for.
async fn lock(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("SET lock_timeout = 0")
        .execute(&mut *connection)
        .await?;
    connection.lock().await.map_err(Error::Migrate)?;
    sqlx::query!("RESET lock_timeout")
        .execute(connection)
        .await?;
    Ok(())
}

fn newest_known() -> i64 {
    MIGRATOR
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or_default()
}

impl Storage {
    /// Applies every pending migration under an advisory lock, if the server has what they need. Safe to run from many
    /// places at once.
    pub async fn migrate(&self) -> Result<SchemaReport, Error> {
        match self.schema().await?.check() {
            Ok(()) => {}
            Err(SchemaState::Behind { .. }) => {
                // A failed migration leaves the advisory lock with its session, so the session is not given back.
                let mut connection = self.apart(Purpose::Migrate).await?;
                lock(&mut connection).await?;
                extension::prepare(&mut connection).await?;
                MIGRATOR
                    .run(&mut connection)
                    .await
                    .map_err(Error::Migrate)?;
                connection.close().await?;
            }
            Err(other) => return Err(other.into()),
        }
        self.schema().await
    }

    /// Compares what the database has with what this version knows, without changing anything.
    pub async fn schema(&self) -> Result<SchemaReport, Error> {
        let mut tx = self.system(Purpose::Schema).read().await?;
        let table = sqlx::query_scalar!(
            r#"SELECT to_regclass('_sqlx_migrations') IS NOT NULL AS "exists!""#
        )
        .fetch_one(&mut *tx)
        .await?;
        let (mut applied, mut dirty, mut oldest_code) = (Vec::new(), None, None);
        if table {
            oldest_code = oldest(&mut tx).await?;
            let migrations = MIGRATOR.table_name.as_ref();
            dirty = tx.dirty_version(migrations).await.map_err(Error::Migrate)?;
            applied = tx
                .list_applied_migrations(migrations)
                .await
                .map_err(Error::Migrate)?;
        }
        let mut migrations: Vec<MigrationStatus> = MIGRATOR
            .iter()
            .map(|known| {
                let found = applied.iter().find(|one| one.version == known.version);
                let state = match found {
                    None => MigrationState::Pending,
                    Some(_) if dirty == Some(known.version) => MigrationState::Dirty,
                    Some(one) if one.checksum != known.checksum => MigrationState::Drifted,
                    Some(_) => MigrationState::Applied,
                };
                let description = known.description.to_string();
                MigrationStatus {
                    version: known.version,
                    description,
                    state,
                }
            })
            .collect();
        for one in &applied {
            if !migrations.iter().any(|known| known.version == one.version) {
                migrations.push(MigrationStatus {
                    version: one.version,
                    description: "made by a newer release".into(),
                    state: MigrationState::Unknown,
                });
            }
        }
        migrations.sort_by_key(|one| one.version);
        Ok(SchemaReport {
            migrations,
            oldest_code,
        })
    }

    /// Fails unless this version works on the schema; services call it before anything else.
    pub async fn require_schema(&self) -> Result<(), Error> {
        Ok(self.schema().await?.check()?)
    }
}

async fn oldest(connection: &mut PgConnection) -> Result<Option<i64>, Error> {
    let exists = sqlx::query_scalar!(
        r#"SELECT to_regclass('schema_compatibility') IS NOT NULL AS "exists!""#
    )
    .fetch_one(&mut *connection)
    .await?;
    if !exists {
        return Ok(None);
    }
    let row = sqlx::query_scalar!("SELECT oldest_code FROM schema_compatibility")
        .fetch_optional(connection)
        .await?;
    Ok(row)
}

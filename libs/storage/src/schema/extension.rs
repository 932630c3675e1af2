//! What the schema needs of the server beside Postgres itself: pgvector, and the right to create what is in it. Looked at
//! before anything is changed, because a migration that fails in its middle tells nobody what to do.

use sqlx::PgConnection;

use crate::{Error, Purpose, Storage};

/// The oldest pgvector that can go on with a scan that filters left short (`hnsw.iterative_scan`).
const OLDEST: (u32, u32) = (0, 8);

/// pgvector, as a server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorExtension {
    /// Version that the database has, if it has one.
    pub installed: Option<String>,
    /// Version that the server would install.
    pub available: Option<String>,
    /// Major version of the server.
    pub server: i32,
}

/// Why a schema cannot be kept there, with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The server does not know pgvector.
    #[error(
        "the Postgres server has no pgvector; install version 0.8 or newer on it, on Debian and Ubuntu: \
         apt-get install postgresql-{server}-pgvector"
    )]
    NoVectors {
        /// Its major version.
        server: i32,
    },
    /// The server knows an old one only.
    #[error(
        "the Postgres server offers pgvector {found} and 0.8 or newer is needed; install a newer package of it on the server"
    )]
    OldVectors {
        /// The version.
        found: String,
    },
    /// The database has an old one.
    #[error(
        "the database has pgvector {found} and 0.8 or newer is needed; install a newer package of it on the server if there \
         is none yet, then, as a superuser in this database: ALTER EXTENSION vector UPDATE"
    )]
    OutdatedVectors {
        /// The version.
        found: String,
    },
    /// It is there and this user may not create it.
    #[error(
        "the user {user} may not create the extension pgvector ({reason}); as a superuser in the database {database}: \
         CREATE EXTENSION vector"
    )]
    VectorsForbidden {
        /// Who we are.
        user: String,
        /// Where.
        database: String,
        /// What Postgres said.
        reason: String,
    },
    /// This user may not create tables.
    #[error(
        "the user {user} may not create tables in the database {database}; as its owner: \
         GRANT CREATE ON SCHEMA public TO \"{user}\""
    )]
    TablesForbidden {
        /// Who we are.
        user: String,
        /// Where.
        database: String,
    },
}

impl VectorExtension {
    /// Whether the schema works with it, or would once it is created.
    pub fn check(&self) -> Result<(), Unfit> {
        if let Some(found) = self.installed.clone() {
            return if is_old(&found) {
                Err(Unfit::OutdatedVectors { found })
            } else {
                Ok(())
            };
        }
        match self.available.clone() {
            Some(found) if is_old(&found) => Err(Unfit::OldVectors { found }),
            Some(_) => Ok(()),
            None => Err(Unfit::NoVectors {
                server: self.server,
            }),
        }
    }
}

/// A version that cannot be read is taken for a new one.
fn is_old(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|part| part.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) < OLDEST,
        _ => false,
    }
}

impl Storage {
    /// The pgvector of the server and of this database.
    pub async fn vector_extension(&self) -> Result<VectorExtension, Error> {
        look(&mut *self.system(Purpose::Schema).read().await?).await
    }
}

async fn look(connection: &mut PgConnection) -> Result<VectorExtension, Error> {
    let row = sqlx::query!(
        r#"SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed,
                  (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available,
                  current_setting('server_version_num')::integer / 10000 AS "server!""#
    )
    .fetch_one(connection)
    .await?;
    Ok(VectorExtension {
        installed: row.installed,
        available: row.available,
        server: row.server,
    })
}

/// Makes sure that migrations can do what they do, and creates the extension: whether that is allowed, which depends on more
/// than roles with who hosts a Postgres, only the attempt tells. The lock of migrations is held.
pub(super) async fn prepare(connection: &mut PgConnection) -> Result<(), Error> {
    let found = look(connection).await?;
    found.check()?;
    let here = sqlx::query!(
        r#"SELECT current_user::text AS "user!", current_database()::text AS "database!",
                  COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS "tables!""#
    )
    .fetch_one(&mut *connection)
    .await?;
    if found.installed.is_none()
        && let Err(error) = create(connection).await
    {
        return Err(match &error {
            Error::Database(sqlx::Error::Database(refusal))
                if refusal.code().is_some_and(|code| code == FORBIDDEN) =>
            {
                let reason = refusal.message().to_owned();
                Unfit::VectorsForbidden {
                    user: here.user,
                    database: here.database,
                    reason,
                }
                .into()
            }
            _ => error,
        });
    }
    if here.tables {
        return Ok(());
    }
    Err(Unfit::TablesForbidden {
        user: here.user,
        database: here.database,
    }
    .into())
}

/// `insufficient_privilege`.
const FORBIDDEN: &str = "42501";

async fn create(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("CREATE EXTENSION IF NOT EXISTS vector")
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(installed: Option<&str>, available: Option<&str>) -> Result<(), String> {
        let found = VectorExtension {
            installed: installed.map(str::to_owned),
            available: available.map(str::to_owned),
            server: 17,
        };
        found.check().map_err(|unfit| unfit.to_string())
    }

    #[test]
    fn from_0_8_on_every_version_will_do_and_what_others_are_told_helps() {
        for (installed, available) in [
            (Some("0.8.0"), None),
            (Some("0.10.1"), Some("0.10.1")),
            (None, Some("1.0")),
            (None, Some("unreleased")),
        ] {
            assert_eq!(check(installed, available), Ok(()));
        }
        for (installed, available, remedy) in [
            (None, None, "apt-get install postgresql-17-pgvector"),
            (None, Some("0.7.4"), "install a newer package"),
            (
                Some("0.5.1"),
                Some("0.8.1"),
                "ALTER EXTENSION vector UPDATE",
            ),
        ] {
            let told = check(installed, available).unwrap_err();
            assert!(told.contains(remedy), "{told}");
        }
    }
}

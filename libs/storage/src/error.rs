//! What can go wrong between a service and its record.

use std::borrow::Cow;

/// An error of the record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Postgres could not be reached or did not answer in time. Worth trying again.
    #[error("Postgres cannot be reached: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// Postgres answered with an error.
    #[error("Postgres refused a statement: {0}")]
    Database(#[source] sqlx::Error),
    /// Another claim holds the run now; whoever sees this must stop writing.
    #[error("the run was taken over by another claim")]
    Fenced,
    /// Stored data that this version cannot read.
    #[error("stored data cannot be read: {table}.{column} of {id}: {reason}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Key of the row.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something to be stored cannot be encoded.
    #[error("cannot be stored: {0}")]
    Encode(#[source] serde_json::Error),
    /// The schema is not one that this version works with.
    #[error(transparent)]
    Schema(#[from] crate::schema::SchemaState),
    /// The server lacks what the schema needs.
    #[error(transparent)]
    Unfit(#[from] crate::schema::Unfit),
    /// A migration failed.
    #[error("migration failed: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The first admin exists already.
    #[error(
        "this installation already has an admin; ask for a new token with `mosaic-migrate token`"
    )]
    AlreadyBootstrapped,
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// Whether Postgres refused what it was given, not what was asked of it: the same data are refused again.
    #[must_use]
    pub fn refuses_data(&self) -> bool {
        // Data exceptions, and what is too large for an index or too deep.
        self.code()
            .is_some_and(|code| matches!(code.get(..2), Some("22" | "54")))
    }

    /// Whether the same content is refused however often it is written: it cannot be encoded or read, is no value of its
    /// column, breaks a constraint or is too large.
    #[must_use]
    pub fn refuses_content(&self) -> bool {
        match self {
            Self::Corrupt { .. } | Self::Encode(_) => true,
            _ => self
                .code()
                .is_some_and(|code| matches!(code.get(..2), Some("22" | "23" | "54"))),
        }
    }

    /// Whether the server gave a statement up because its time was over.
    pub(crate) fn is_overdue(&self) -> bool {
        match self {
            Self::Unreachable(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code == "57014")
            }
            _ => false,
        }
    }

    /// What operators of a workspace are told, in fixed words: they are strangers to the host, and what Postgres says, or
    /// what cannot be read, may repeat what somebody said. The rest is for the log.
    #[must_use]
    pub const fn told(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => {
                "the record could not be reached; the log of the service says more"
            }
            Self::Database(_) => "the record refused a statement; the log of the service says more",
            Self::Fenced => "the run was taken over by another claim",
            Self::Corrupt { .. } => "stored data cannot be read; the log of the service says which",
            Self::Encode(_) => "something cannot be stored; the log of the service says what",
            Self::Schema(_) | Self::Unfit(_) | Self::Migrate(_) => {
                "the record is not one that this version works with; the log of the service says why"
            }
            Self::AlreadyBootstrapped => "this installation already has an admin",
        }
    }

    /// Whether a row belongs into a partition that does not exist.
    pub(crate) fn lacks_partition(&self) -> bool {
        self.code().is_some_and(|code| code == "23514")
    }

    /// The state that Postgres reported.
    fn code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Database(error) => error.as_database_error()?.code(),
            _ => None,
        }
    }

    /// Says which stored value cannot be read.
    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        id: impl ToString,
        reason: impl ToString,
    ) -> Self {
        Self::Corrupt {
            table,
            column,
            id: id.to_string(),
            reason: reason.to_string(),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let passing = match &error {
            // No connection, or one that died between two messages of the protocol.
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(database) => {
                database.code().is_some_and(|code| is_passing(&code))
            }
            _ => false,
        };
        if passing {
            Self::Unreachable(error)
        } else {
            Self::Database(error)
        }
    }
}

/// Whether a state that Postgres reports goes by without anybody changing the statement: it is starting, stopping,
/// overloaded or out of room, has lost the connection, is not the primary, or the statement met another's lock.
fn is_passing(code: &str) -> bool {
    matches!(code.get(..2), Some("08" | "53" | "57" | "58"))
        || matches!(code, "25006" | "25P03" | "40001" | "40P01" | "55P03")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_not_told_the_words_of_postgres() {
        let errors = [
            Error::Unreachable(sqlx::Error::Io(std::io::Error::other("secret.host:5432"))),
            Error::Database(sqlx::Error::ColumnNotFound("secret".to_owned())),
            Error::corrupt("runs", "log", "secret", "invalid type: string \"secret\""),
        ];
        for error in errors {
            assert!(error.to_string().contains("secret"), "{error}");
            let told = error.told();
            assert!(!told.contains("secret") && told.contains("log"), "{told}");
        }
    }
}

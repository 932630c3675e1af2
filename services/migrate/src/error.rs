//! What can go wrong, what to do about it, and the exit code that says so.

use std::time::Duration;

use mosaic_config::{ConfigErrors, EX_CONFIG};
use mosaic_storage::SchemaState;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// Nothing answers where Postgres should be.
    #[error(
        "Postgres at {address} did not answer within {waited:?} ({reason}); check that it runs and that postgres.url \
         (MOSAIC_POSTGRES__URL) names the right host and port"
    )]
    Unreachable {
        /// Where, without the password.
        address: String,
        /// For how long it was tried.
        waited: Duration,
        /// What the last attempt said.
        reason: String,
    },
    /// Postgres answers and does not let us in.
    #[error(
        "Postgres at {address} refuses the login ({reason}); check the user and the password in postgres.url \
         (MOSAIC_POSTGRES__URL)"
    )]
    Login {
        /// Where, without the password.
        address: String,
        /// What Postgres said.
        reason: String,
    },
    /// The server has no such database.
    #[error(
        "the server of {address} has no such database; create it (`createdb`, or CREATE DATABASE … as its owner) or \
         correct postgres.url (MOSAIC_POSTGRES__URL)"
    )]
    NoDatabase {
        /// Where, without the password.
        address: String,
    },
    /// The schema is not one this version works with.
    #[error(transparent)]
    Schema(SchemaState),
    /// The server lacks what the schema needs, or withholds it from us.
    #[error(transparent)]
    Unfit(mosaic_storage::Unfit),
    /// The role of services could not be made, or given what it needs.
    #[error(
        "the role of postgres.url cannot be provided ({0}); as a superuser make it (CREATE ROLE … LOGIN PASSWORD …) and run \
         `mosaic-migrate up` again as the owner of the tables"
    )]
    Role(#[source] mosaic_storage::Error),
    /// The first admin exists already.
    #[error(
        "an admin exists already; whoever has access to this host gets a new token with `mosaic-migrate token`"
    )]
    AdminExists,
    /// Nobody exists yet whose token could be recovered.
    #[error("there is no admin yet; create the first one with `mosaic-migrate bootstrap`")]
    NoAdmin,
    /// The password of the first admin will not do.
    #[error("the password {0}")]
    Password(#[source] mosaic_identity::WeakPassword),
    /// The password of the first admin could not be hashed.
    #[error(transparent)]
    Hash(#[from] mosaic_identity::PasswordError),
    /// There is no key to seal with.
    #[error(
        "secrets.key (MOSAIC_SECRETS__KEY) is not set, so there is nothing to seal with; docs/guides/keys.md says how to make one"
    )]
    NoKey,
    /// What should be a key is none.
    #[error("secrets.key or secrets.previous_keys: {0}")]
    Key(#[source] mosaic_identity::MalformedKey),
    /// There is nothing to sign with.
    #[error("internal.token (MOSAIC_INTERNAL__TOKEN) is not set, so services answer nobody")]
    NoInternalToken,
    /// Something sealed does not open, or is not sealed with the current key.
    #[error("not everything is sealed with the current key; keep the previous ones until it is")]
    Sealed,
    /// Postgres did not do what it was asked to.
    #[error("{0}")]
    Storage(#[source] mosaic_storage::Error),
    /// A result could not be written.
    #[error("the result could not be written: {0}")]
    Output(#[from] std::io::Error),
}

/// How the program ends, as listed by `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Failed for a reason that has no code of its own.
    Failed,
    /// The schema is not one this version works with.
    Schema,
    /// An admin exists already, or none exists yet.
    Refused,
    /// Something sealed does not open, or is not sealed with the current key.
    Sealed,
    /// Postgres cannot be used (`EX_UNAVAILABLE` of sysexits.h).
    Unavailable,
    /// The configuration is wrong (`EX_CONFIG`).
    Config,
}

impl Exit {
    /// The number itself.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Schema => 3,
            Self::Refused => 4,
            Self::Sealed => 5,
            Self::Unavailable => 69,
            Self::Config => EX_CONFIG,
        }
    }
}

impl Error {
    /// The exit code that tells this failure from others.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::NoKey | Self::Key(_) | Self::NoInternalToken => Exit::Config,
            Self::Sealed => Exit::Sealed,
            Self::Unreachable { .. }
            | Self::Login { .. }
            | Self::NoDatabase { .. }
            | Self::Unfit(_) => Exit::Unavailable,
            Self::Schema(_) => Exit::Schema,
            Self::AdminExists | Self::NoAdmin => Exit::Refused,
            Self::Password(_)
            | Self::Hash(_)
            | Self::Role(_)
            | Self::Storage(_)
            | Self::Output(_) => Exit::Failed,
        }
    }
}

impl From<mosaic_storage::Error> for Error {
    fn from(error: mosaic_storage::Error) -> Self {
        match error {
            mosaic_storage::Error::Schema(state) => Self::Schema(state),
            mosaic_storage::Error::Unfit(unfit) => Self::Unfit(unfit),
            mosaic_storage::Error::AlreadyBootstrapped => Self::AdminExists,
            other => Self::Storage(other),
        }
    }
}

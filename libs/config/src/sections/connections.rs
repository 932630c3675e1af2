//! The two stores every service connects to.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::unset;
use crate::errors::Faults;
use crate::redact;

/// `[postgres]`: the database of record.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct PostgresConfig {
    /// Where the database is; may hold a password.
    #[serde(serialize_with = "redact::dsn")]
    pub url: SecretString,
    /// Who owns the schema: `mosaic-migrate` connects so. Without it the role of `url` owns it too.
    #[serde(
        deserialize_with = "unset::read",
        serialize_with = "redact::optional_dsn"
    )]
    pub owner_url: Option<SecretString>,
    /// Whether services work as a role that row security does not bind.
    pub allow_owner: bool,
    /// Connections one process may hold.
    pub max_connections: u32,
    /// How long to wait for a connection.
    pub connect_timeout_ms: u64,
    /// The server cancels longer statements; 0 is no limit.
    pub statement_timeout_ms: u64,
}

impl PostgresConfig {
    /// Where whoever changes the schema connects.
    #[must_use]
    pub fn owner(&self) -> &SecretString {
        self.owner_url.as_ref().unwrap_or(&self.url)
    }

    /// How long to wait for a connection.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// The server's limit for one statement, if there is one.
    #[must_use]
    pub fn statement_timeout(&self) -> Option<Duration> {
        (self.statement_timeout_ms > 0).then(|| Duration::from_millis(self.statement_timeout_ms))
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        let example = "postgres://user:password@host:5432/database";
        check_url(
            "postgres.url",
            &self.url,
            &["postgres", "postgresql"],
            example,
            faults,
        );
        if let Some(owner) = &self.owner_url {
            check_url(
                "postgres.owner_url",
                owner,
                &["postgres", "postgresql"],
                example,
                faults,
            );
        }
        faults.range("postgres.max_connections", self.max_connections, 1..=1000);
        faults.range(
            "postgres.connect_timeout_ms",
            self.connect_timeout_ms,
            1..=600_000,
        );
        faults.range(
            "postgres.statement_timeout_ms",
            self.statement_timeout_ms,
            0..=86_400_000,
        );
    }
}

/// `[valkey]`: queues, events and live tokens.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ValkeyConfig {
    /// Where Valkey is; may hold a password.
    #[serde(serialize_with = "redact::dsn")]
    pub url: SecretString,
    /// How long to wait for a connection.
    pub connect_timeout_ms: u64,
    /// How long to wait for an answer.
    pub response_timeout_ms: u64,
}

impl ValkeyConfig {
    /// How long to wait for a connection.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// How long to wait for an answer.
    #[must_use]
    pub fn response_timeout(&self) -> Duration {
        Duration::from_millis(self.response_timeout_ms)
    }

    pub(crate) fn validate(&self, faults: &mut Faults) {
        let schemes = ["redis", "rediss", "valkey", "valkeys", "unix", "redis+unix"];
        let example = "redis://:password@host:6379";
        check_url("valkey.url", &self.url, &schemes, example, faults);
        faults.range(
            "valkey.connect_timeout_ms",
            self.connect_timeout_ms,
            1..=600_000,
        );
        faults.range(
            "valkey.response_timeout_ms",
            self.response_timeout_ms,
            1..=600_000,
        );
    }
}

/// Refuses a secret address of another scheme without showing it.
fn check_url(key: &str, url: &SecretString, schemes: &[&str], example: &str, faults: &mut Faults) {
    match Url::parse(url.expose_secret()) {
        Ok(url) if schemes.contains(&url.scheme()) => {}
        Ok(url) => faults.add(
            key,
            format!("the scheme `{}` does not fit", url.scheme()),
            format!("write it like {example}"),
        ),
        Err(error) => faults.add(
            key,
            format!("not an address ({error})"),
            format!("write it like {example}, special characters in the password as %XX"),
        ),
    }
}

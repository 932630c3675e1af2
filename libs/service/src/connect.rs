//! Reaching Postgres and Valkey at the start, or saying what is in the way.

use std::time::Duration;

use mosaic_bus::{Bus, BusOptions};
use mosaic_config::{ExposeSecret as _, PostgresConfig, ValkeyConfig, redact_url};
use mosaic_runtime::StartError;
use mosaic_storage::{Error, Storage, StorageOptions};

/// Connects to Postgres and refuses a schema that this version does not know.
pub async fn connect_storage(
    config: &PostgresConfig,
    service: &'static str,
) -> Result<Storage, StartError> {
    let options = StorageOptions {
        url: config.url.clone(),
        max_connections: config.max_connections,
        connect_timeout: config.connect_timeout(),
        statement_timeout: config.statement_timeout().unwrap_or(Duration::ZERO),
        application: service.to_owned(),
    };
    let what = format!("Postgres at {}", redact_url(config.url.expose_secret()));
    let storage = Storage::connect(&options).await.map_err(|error| match error {
        Error::Unreachable(source) => StartError::new(
            &what,
            format_args!("it cannot be reached ({source})"),
            "Check that it runs and that postgres.url (MOSAIC_POSTGRES__URL) names the right host and port.",
        ),
        other => StartError::new(
            &what,
            other,
            "Check the database, user and password in postgres.url (MOSAIC_POSTGRES__URL).",
        ),
    })?;
    if let Err(error) = storage.require_schema().await {
        storage.close().await;
        let remedy = match &error {
            Error::Schema(_) => "`mosaic-migrate status` shows every migration.",
            _ => "Check that the user of postgres.url may read the database.",
        };
        return Err(StartError::new(what, error, remedy));
    }
    if let Err(error) = bound(&storage, config).await {
        storage.close().await;
        return Err(StartError::new(what, error, UNBOUND));
    }
    Ok(storage)
}

/// What to do about a role that row security does not bind.
const UNBOUND: &str = "Name its owner in postgres.owner_url and another role in postgres.url, then run `mosaic-migrate up` \
                       (docs/guides/postgres-roles.md); or set postgres.allow_owner = true and do without the second wall.";

/// Refuses a role that row security does not bind, unless that is wanted.
async fn bound(storage: &Storage, config: &PostgresConfig) -> Result<(), String> {
    let role = storage.role().await.map_err(|error| error.to_string())?;
    match role.unbound() {
        Some(why) if config.allow_owner => {
            tracing::warn!(role = role.name, "{why}");
            Ok(())
        }
        Some(why) => Err(why),
        None => Ok(()),
    }
}

/// Connects to Valkey.
pub async fn connect_bus(config: &ValkeyConfig) -> Result<Bus, StartError> {
    let options = BusOptions {
        connect_timeout: config.connect_timeout(),
        response_timeout: config.response_timeout(),
        ..BusOptions::new(config.url.clone())
    };
    // The error names the endpoint and what to check; what is left to say is which setting led there.
    Bus::connect(options).await.map_err(|error| {
        StartError::new(
            "Valkey",
            error,
            "The setting is valkey.url (MOSAIC_VALKEY__URL).",
        )
    })
}

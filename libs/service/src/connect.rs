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
    Ok(storage)
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

//! Postgres and Valkey, looked at directly.

use mosaic_bus::{Bus, BusOptions};
use mosaic_config::{ExposeSecret as _, SecretString, redact_url};
use mosaic_storage::{Storage, StorageOptions};

use super::Patient;
use super::report::{Check, Report};
use crate::data_folder::DataFolder;

pub(super) async fn probe(patient: &Patient, report: &mut Report) {
    let config = &patient.context.config;
    let (postgres, valkey) = if patient.local {
        let engines = patient
            .folder
            .as_ref()
            .filter(|_| patient.up)
            .and_then(DataFolder::engines);
        let Some(engines) = engines else {
            let told = "the private Postgres and Valkey are not running";
            report.add(Check::warn("stores", told, "`mosaic up` starts them"));
            return;
        };
        (
            SecretString::from(engines.postgres),
            SecretString::from(engines.valkey),
        )
    } else {
        (config.postgres.url.clone(), config.valkey.url.clone())
    };
    probe_postgres(patient, postgres, report).await;
    report.add(probe_valkey(patient, valkey).await);
}

async fn probe_postgres(patient: &Patient, url: SecretString, report: &mut Report) {
    let config = &patient.context.config.postgres;
    let address = redact_url(url.expose_secret());
    let options = StorageOptions {
        url,
        max_connections: 2,
        connect_timeout: config.connect_timeout(),
        statement_timeout: config.statement_timeout().unwrap_or_default(),
        application: "mosaic doctor".to_owned(),
    };
    let storage = match Storage::connect(&options).await {
        Ok(storage) => storage,
        Err(error) => {
            let remedy =
                "check that it runs and that postgres.url names the right host, user and database";
            report.add(Check::fail(
                "postgres",
                format!("{address}: {error}"),
                remedy,
            ));
            return;
        }
    };
    report.add(versions(&storage, &address).await);
    report.add(match storage.schema().await.map(|schema| schema.check()) {
        Ok(Ok(())) => Check::ok("schema", "the one that this version works with"),
        Ok(Err(state)) => Check::fail("schema", state.to_string(), "see `mosaic-migrate status`"),
        Err(error) => Check::fail("schema", error.to_string(), "see `mosaic-migrate status`"),
    });
    storage.close().await;
}

async fn versions(storage: &Storage, address: &str) -> Check {
    match storage.server_versions().await {
        Ok((server, Some(vector))) => Check::ok(
            "postgres",
            format!("{server} with pgvector {vector} at {address}"),
        ),
        Ok((server, None)) => Check::fail(
            "postgres",
            format!("{server} at {address} has no pgvector"),
            "install the extension, on Debian and Ubuntu: apt-get install postgresql-17-pgvector",
        ),
        Err(error) => Check::fail(
            "postgres",
            format!("{address}: {error}"),
            "look into its log",
        ),
    }
}

async fn probe_valkey(patient: &Patient, url: SecretString) -> Check {
    let config = &patient.context.config.valkey;
    let address = redact_url(url.expose_secret());
    let options = BusOptions {
        connect_timeout: config.connect_timeout(),
        response_timeout: config.response_timeout(),
        ..BusOptions::new(url)
    };
    let server = match Bus::connect(options).await {
        Ok(bus) => bus.server().await,
        Err(error) => Err(error),
    };
    let remedy = "check that it runs and that valkey.url names the right host and password";
    match server {
        Ok(server) => Check::ok(
            "valkey",
            format!(
                "{} at {address}, {} MiB in use",
                server.version,
                server.used_memory >> 20
            ),
        ),
        Err(error) => Check::fail("valkey", error.to_string(), remedy),
    }
}

//! Postgres and Valkey, looked at directly.

use mosaic_bus::{Bus, BusOptions};
use mosaic_config::{ExposeSecret as _, SecretString, redact_url};
use mosaic_storage::{Storage, StorageOptions, VectorExtension};

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
    report.add(match storage.role().await.map(|role| role.unbound()) {
        Ok(None) => Check::ok("row security", "binds the role of services"),
        Ok(Some(why)) => Check::warn("row security", why, "see docs/guides/postgres-roles.md"),
        Err(error) => Check::fail("row security", error.to_string(), "look into its log"),
    });
    storage.close().await;
}

async fn versions(storage: &Storage, address: &str) -> Check {
    let found = async {
        let server = storage.server_version().await?;
        Ok::<_, mosaic_storage::Error>((server, storage.vector_extension().await?))
    };
    let (server, vectors) = match found.await {
        Ok(found) => found,
        Err(error) => {
            let told = format!("{address}: {error}");
            return Check::fail("postgres", told, "look into its log");
        }
    };
    if let Err(unfit) = vectors.check() {
        let told = format!("{server} at {address} keeps no vectors");
        return Check::fail("postgres", told, &unfit.to_string());
    }
    let VectorExtension {
        installed,
        available,
        ..
    } = vectors;
    let version = installed.or(available).unwrap_or_default();
    Check::ok(
        "postgres",
        format!("{server} with pgvector {version} at {address}"),
    )
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

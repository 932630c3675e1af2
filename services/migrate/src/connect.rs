//! Reaching Postgres, which may still be starting.

use std::time::Duration;

use mosaic_config::{ExposeSecret as _, PostgresConfig, redact_url};
use mosaic_storage::{Storage, StorageOptions};
use tokio::time::Instant;

use crate::Error;

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(250);
/// While waiting, an attempt takes no longer than this, so that a server that comes up is noticed soon.
const ATTEMPT: Duration = Duration::from_secs(2);

/// Opens a connection for maintenance: few connections, statements as long as they take. A server that does not answer
/// is given `wait`; `notice` is told once that this happens. A refused login is final.
pub async fn connect(
    postgres: &PostgresConfig,
    wait: Duration,
    mut notice: impl FnMut(&str),
) -> Result<Storage, Error> {
    let address = redact_url(postgres.owner().expose_secret());
    let patient = !wait.is_zero();
    let options = StorageOptions {
        url: postgres.owner().clone(),
        max_connections: 2,
        connect_timeout: if patient {
            postgres.connect_timeout().min(ATTEMPT)
        } else {
            postgres.connect_timeout()
        },
        // A migration may rewrite a large table, and waiting for another migrator is a statement too.
        statement_timeout: Duration::ZERO,
        application: "mosaic-migrate".to_owned(),
    };
    let began = Instant::now();
    let mut told = false;
    loop {
        let error = match Storage::connect(&options).await {
            Ok(storage) => return Ok(storage),
            Err(error) => error,
        };
        let waited = began.elapsed();
        if !error.is_transient() || waited >= wait {
            return Err(explain(error, address, waited));
        }
        if !told {
            told = true;
            notice(&format!(
                "Postgres at {address} does not answer yet; waiting up to {wait:?}"
            ));
        }
        tokio::time::sleep(PAUSE.min(wait.saturating_sub(waited))).await;
    }
}

/// Sorts what an attempt said by what there is to do about it.
fn explain(error: mosaic_storage::Error, address: String, waited: Duration) -> Error {
    const WRONG_LOGIN: [&str; 3] = ["28000", "28P01", "42501"];
    const NO_DATABASE: &str = "3D000";
    if error.is_transient() {
        return Error::Unreachable {
            address,
            waited: Duration::from_millis(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX)),
            reason: error.to_string(),
        };
    }
    let mosaic_storage::Error::Database(source) = &error else {
        return error.into();
    };
    let Some(database) = source.as_database_error() else {
        return error.into();
    };
    match database.code().as_deref() {
        Some(NO_DATABASE) => Error::NoDatabase { address },
        Some(code) if WRONG_LOGIN.contains(&code) => Error::Login {
            address,
            reason: database.message().to_owned(),
        },
        _ => error.into(),
    }
}

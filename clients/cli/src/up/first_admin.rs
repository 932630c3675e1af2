//! The schema, the first admin, and the token that the commands on this machine use.

use std::time::Duration;

use mosaic_config::{ExposeSecret as _, PostgresConfig, SecretString};
use mosaic_migrate::{FirstAdmin, bootstrap, connect, provide_role, recover, up};

use crate::data_folder::DataFolder;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};

const PATIENCE: Duration = Duration::from_secs(30);

/// Who the commands on this machine are.
#[derive(Debug)]
pub(super) struct Admin {
    /// Their token; none where it is stored in a way that cannot be read.
    pub(super) token: Option<SecretString>,
    /// Whether it was made just now: then a person is shown it, this once.
    new: bool,
}

impl Admin {
    /// The token, if it is to be shown.
    pub(super) fn to_show(&self) -> Option<SecretString> {
        self.token.clone().filter(|_| self.new)
    }
}

/// Migrates, and makes sure that there is an admin whose token lies in the data folder.
pub(super) async fn ensure(
    postgres: &PostgresConfig,
    folder: &DataFolder,
    output: Output,
) -> Result<Admin, Failure> {
    let aside = |text: &str| output.say(&output.paint(Tone::Dim, text));
    let storage = connect(postgres, PATIENCE, aside).await.map_err(explain)?;
    let applied = up(&storage).await.map_err(explain)?;
    if !applied.is_empty() {
        aside(&format!("schema: {} migration(s) applied", applied.len()));
    }
    provide_role(&storage, postgres).await.map_err(explain)?;
    let needs_setup = storage.needs_setup().await.map_err(|error| {
        Failure::new(
            Exit::Failed,
            format!("cannot look for the first admin: {error}"),
        )
    })?;
    let path = folder.join("token");
    let stored = folder
        .token()
        .map_err(|error| Failure::io("read", &path, &error))?;
    let made = match stored {
        Some(token) if !needs_setup => {
            storage.close().await;
            return Ok(Admin {
                token: Some(token),
                new: false,
            });
        }
        _ if needs_setup => bootstrap(&storage, "admin", "home").await,
        _ => recover(&storage).await,
    };
    let FirstAdmin { token, .. } = made.map_err(explain)?;
    storage.close().await;
    folder
        .store_token(token.expose_secret())
        .map_err(|error| Failure::io("write", &path, &error))?;
    Ok(Admin {
        token: Some(token),
        new: true,
    })
}

fn explain(error: mosaic_migrate::Error) -> Failure {
    Failure::new(Exit::Unavailable, error.to_string())
}

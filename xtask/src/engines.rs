//! The engines for the verbs that need them: found or fetched, and started.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use mosaic_embedded::{
    DiscoverOptions, Engines, Error, ModelFolder, Persistence, Postgres, PostgresOptions, Valkey,
    ValkeyOptions, reachable_home,
};

use crate::environment;

/// Where a system-wide cache is, for root in a home that nobody else can enter.
const SYSTEM_CACHE: &str = "/var/cache";

/// The folder that engines are fetched into, once for all clones of a user.
pub(crate) fn store() -> PathBuf {
    let cache = environment::cache();
    reachable_home(&cache, Path::new(SYSTEM_CACHE)).join("mosaic/engines")
}

/// Finds both engines or fetches them.
pub(crate) async fn ensure(configured: Option<&Path>) -> anyhow::Result<Engines> {
    Ok(Engines::ensure(&options(configured)).await?)
}

/// The embedding model, if it is there.
pub(crate) fn model(configured: Option<&Path>) -> Option<ModelFolder> {
    ModelFolder::discover(&options(configured))
}

/// Finds the embedding model or fetches it.
pub(crate) async fn ensure_model(configured: Option<&Path>) -> Result<ModelFolder, Error> {
    ModelFolder::ensure(&options(configured)).await
}

fn options(configured: Option<&Path>) -> DiscoverOptions {
    DiscoverOptions {
        configured: configured.map(Path::to_owned),
        store: store(),
        search_path: environment::search_path(),
    }
}

/// Throwaway engines: fast, and gone with their data in the end.
#[derive(Debug)]
pub(crate) struct Throwaway {
    pub(crate) postgres: Postgres,
    pub(crate) valkey: Valkey,
    folder: tempfile::TempDir,
}

impl Throwaway {
    /// Starts both. `durable` is for benchmarks, where the cost of a commit is what is measured.
    pub(crate) async fn start(engines: &Engines, durable: bool) -> anyhow::Result<Self> {
        let folder = folder()?;
        let options =
            PostgresOptions::new(engines.postgres.clone(), folder.path().join("postgres"));
        let postgres = Postgres::start(PostgresOptions { durable, ..options }).await?;
        let persistence = if durable {
            Persistence::AppendOnly
        } else {
            Persistence::None
        };
        let options = ValkeyOptions::new(engines.valkey.clone(), folder.path().join("valkey"));
        let valkey = Valkey::start(ValkeyOptions {
            persistence,
            ..options
        })
        .await?;
        Ok(Self {
            postgres,
            valkey,
            folder,
        })
    }

    /// Ends both and removes their data.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.postgres.stop().await;
        self.valkey.kill().await;
        self.folder
            .close()
            .context("cannot remove the data of the engines")
    }
}

/// A temporary folder that the engines' user can pass through.
pub(crate) fn folder() -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("mosaic-").tempdir()?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    Ok(folder)
}

//! A Valkey of its own for tests that empty it, or that share no key names with others.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use mosaic_embedded::{DiscoverOptions, Engines, Persistence, Valkey, ValkeyOptions};
use secrecy::SecretString;
use tempfile::TempDir;

/// Names the folder with the engines.
pub const ENGINES_VARIABLE: &str = "MOSAIC_TEST_ENGINES";

/// A private Valkey, without persistence unless made [durable](Self::durable). It ends and its folder goes when this is dropped.
#[derive(Debug)]
pub struct TestValkey {
    valkey: Valkey,
    _folder: TempDir,
}

impl TestValkey {
    /// Starts an empty one.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(Persistence::None).await
    }

    /// Starts an empty one that writes down what it is given.
    pub async fn durable() -> anyhow::Result<Self> {
        Self::start_with(Persistence::AppendOnly).await
    }

    async fn start_with(persistence: Persistence) -> anyhow::Result<Self> {
        let engines = Engines::ensure(&DiscoverOptions {
            configured: None,
            store: PathBuf::from(crate::environment::required(ENGINES_VARIABLE)?),
            search_path: mosaic_config::environment::search_path(),
        })
        .await?;
        let folder = tempfile::tempdir()?;
        // As root the server runs under another account, which must get through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let options = ValkeyOptions {
            persistence,
            ..ValkeyOptions::new(engines.valkey, folder.path().join("valkey"))
        };
        Ok(Self {
            valkey: Valkey::start(options).await?,
            _folder: folder,
        })
    }

    /// Where it is. Holds its password.
    #[must_use]
    pub fn url(&self) -> &SecretString {
        self.valkey.url()
    }

    /// Kills it and starts it again at the same address, with what it has written down.
    pub async fn crash(&mut self) -> anyhow::Result<()> {
        self.valkey.kill().await;
        Ok(self.valkey.restart().await?)
    }

    /// Kills it and starts it empty at the same address.
    pub async fn wipe(&mut self) -> anyhow::Result<()> {
        Ok(self.valkey.wipe().await?)
    }

    /// Kills it, until it is [started again](Self::restart).
    pub async fn kill(&mut self) {
        self.valkey.kill().await;
    }

    /// Starts it at the same address after it was killed, with what it has written down.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        Ok(self.valkey.restart().await?)
    }
}

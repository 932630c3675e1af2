//! What `mosaic up` leaves in its data folder for the commands on the same machine.

mod trust;

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mosaic_config::{Config, FoundFile, SecretString, environment};
use serde::{Deserialize, Serialize};
use trust::read_ours;
pub(crate) use trust::{is_our_folder, read_private};

/// The data folder of a working copy.
const IN_WORKING_COPY: &str = ".mosaic";
/// Where root keeps data that an unprivileged Postgres must reach.
pub(crate) const OF_THE_SYSTEM: &str = "/var/lib/mosaic";
const PROBE: Duration = Duration::from_millis(300);

/// A data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

/// Where everything listens, as remembered between starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Remembered {
    /// Where the public API is reached from this machine.
    pub(crate) gateway: SocketAddr,
    /// The ports of the other listeners by their settings' names.
    pub(crate) ports: std::collections::BTreeMap<String, u16>,
}

/// The private engines of the last start: how they are reached while they run, with their passwords.
#[cfg(feature = "local")]
#[derive(Serialize, Deserialize)]
pub(crate) struct LastEngines {
    pub(crate) postgres: String,
    pub(crate) valkey: String,
    /// The folder that was named for them; the next start uses it again unless told otherwise.
    #[serde(default)]
    pub(crate) folder: Option<PathBuf>,
}

impl Remembered {
    /// The address of the public API.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.gateway)
    }
}

impl DataFolder {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where everything listened at the last start.
    pub(crate) fn remembered(&self) -> Option<Remembered> {
        let text = read_private(&self.join("ports.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    #[cfg(feature = "local")]
    pub(crate) fn remember(&self, remembered: &Remembered) -> io::Result<()> {
        let text = serde_json::to_string_pretty(remembered)?;
        write_private(&self.join("ports.json"), &text)
    }

    /// The private engines of the last start.
    #[cfg(feature = "local")]
    pub(crate) fn engines(&self) -> Option<LastEngines> {
        serde_json::from_str(&read_private(&self.join("engines.json")).ok()?).ok()
    }

    #[cfg(feature = "local")]
    pub(crate) fn store_engines(&self, engines: &LastEngines) -> io::Result<()> {
        write_private(&self.join("engines.json"), &serde_json::to_string(engines)?)
    }

    /// The token of the first admin.
    pub(crate) fn token(&self) -> io::Result<Option<SecretString>> {
        match read_private(&self.join("token")) {
            Ok(text) => Ok(Some(text.trim().to_owned().into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    #[cfg(feature = "local")]
    pub(crate) fn store_token(&self, token: &str) -> io::Result<()> {
        write_private(&self.join("token"), token)
    }

    /// The key under which secrets lie in the record of the local tier.
    #[cfg(feature = "local")]
    pub(crate) fn secrets_key(&self) -> io::Result<Option<SecretString>> {
        match read_private(&self.join("secrets.key")) {
            Ok(text) => Ok(Some(text.trim().to_owned().into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    #[cfg(feature = "local")]
    pub(crate) fn store_secrets_key(&self, key: &str) -> io::Result<()> {
        write_private(&self.join("secrets.key"), key)
    }

    /// The settings in a folder that was found rather than named.
    pub(crate) fn found_settings(&self) -> Option<FoundFile> {
        let path = self.join("mosaic.toml");
        let text = match read_ours(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            read => read.map_err(|error| error.to_string()),
        };
        Some(FoundFile { path, text })
    }

    /// Whether something listens where the gateway was last.
    pub(crate) fn answers(&self) -> bool {
        self.remembered()
            .is_some_and(|found| TcpStream::connect_timeout(&found.gateway, PROBE).is_ok())
    }
}

/// The data folder to use: the configured one; else, of the usual places that hold data, the one whose gateway
/// answers, or the first.
pub(crate) fn find(config: &Config) -> Option<DataFolder> {
    let configured = &config.local.data_dir;
    if *configured != environment::default_data_dir() {
        return Some(DataFolder::new(configured)).filter(|folder| folder.remembered().is_some());
    }
    let here = std::env::current_dir().unwrap_or_default();
    let in_copies = here.ancestors().map(|dir| dir.join(IN_WORKING_COPY));
    // Where anybody may have put one; without a home the usual folder lies in the working folder too.
    let by_chance = |folder: &DataFolder| {
        folder.path().ends_with(IN_WORKING_COPY) || folder.path().is_relative()
    };
    // A folder that came with a copied tree must not send what is said to another machine.
    let is_here = |folder: &DataFolder| {
        folder
            .remembered()
            .is_some_and(|found| found.gateway.ip().is_loopback())
    };
    let places = in_copies.chain([configured.clone(), PathBuf::from(OF_THE_SYSTEM)]);
    let mut found: Vec<DataFolder> = places
        .map(DataFolder::new)
        .filter(|folder| !by_chance(folder) || is_our_folder(folder.path()))
        .filter(is_here)
        .collect();
    let answering = found.iter().position(DataFolder::answers).unwrap_or(0);
    (answering < found.len()).then(|| found.swap_remove(answering))
}

/// Writes beside the file and renames, so that a crash leaves the old or the new content.
pub(crate) fn write_private(path: &Path, content: &str) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let partial = path.with_extension("partial");
    let _ = fs::remove_file(&partial);
    let mut file = fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&partial)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, path)
}

#[cfg(all(test, feature = "local"))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn remembered() -> Remembered {
        Remembered {
            gateway: SocketAddr::from(([127, 0, 0, 1], 1)),
            ports: [("summarizer.grpc_listen".to_owned(), 2)].into(),
        }
    }

    #[test]
    fn what_is_remembered_comes_back_and_is_private() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(temp.path());
        assert_eq!(folder.remembered(), None);
        folder.remember(&remembered()).unwrap();
        folder.store_token("mos_x").unwrap();
        assert_eq!(folder.remembered(), Some(remembered()));
        let mode = fs::metadata(folder.join("token"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(temp.path());
        folder.store_token("mos_x").unwrap();
        fs::set_permissions(folder.join("token"), fs::Permissions::from_mode(0o644)).unwrap();
        let error = folder.token().unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}

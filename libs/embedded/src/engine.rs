//! The server programs: where they are looked for, what makes one usable, what was found.

pub(crate) mod fetch;
pub(crate) mod pins;
mod probe;

use std::{fmt, path::PathBuf};

use crate::error::Error;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// Postgres, 15 or newer, with the pgvector extension.
    Postgres,
    /// Valkey, or Redis 7 or newer.
    Valkey,
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "Postgres with pgvector",
            Self::Valkey => "Valkey",
        })
    }
}

/// Where an engine came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The folder named in the configuration.
    Configured,
    /// Mosaic's own engines folder.
    Store,
    /// Installed on this machine.
    Path,
    /// Just fetched into the engines folder.
    Fetched,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configured => "configured folder",
            Self::Store => "engines folder",
            Self::Path => "installed on this machine",
            Self::Fetched => "fetched",
        })
    }
}

/// A usable server program.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Which server it is.
    pub kind: EngineKind,
    /// Its version, as in `18.4`.
    pub version: String,
    /// Where it came from.
    pub source: Source,
    /// The server program itself.
    pub program: PathBuf,
}

impl Engine {
    /// Another program of the same installation, such as `psql`, when it is there.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<PathBuf> {
        self.program
            .parent()
            .map(|bin| bin.join(name))
            .filter(|tool| tool.is_file())
    }

    /// The first number of the version.
    #[must_use]
    pub fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            version,
            source,
            program,
        } = self;
        write!(f, "{kind} {version}, {source}, {}", program.display())
    }
}

/// A program or folder that was looked at and not taken.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The engine it was looked at for.
    pub kind: EngineKind,
    /// The program or folder.
    pub path: PathBuf,
    /// Why it was not taken.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

/// Where to look.
#[derive(Debug, Clone)]
pub struct DiscoverOptions {
    /// A folder that the user configured; looked at first.
    pub configured: Option<PathBuf>,
    /// Mosaic's engines folder: looked at second, and fetched into.
    pub store: PathBuf,
    /// The folders of `PATH`, to find installed engines and Python.
    pub search_path: Vec<PathBuf>,
}

/// What is there without fetching anything.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// A usable Postgres.
    pub postgres: Option<Engine>,
    /// A usable Valkey.
    pub valkey: Option<Engine>,
    /// What was looked at before and not taken.
    pub refused: Vec<Refusal>,
}

impl Discovery {
    fn get(&self, kind: EngineKind) -> Option<&Engine> {
        match kind {
            EngineKind::Postgres => self.postgres.as_ref(),
            EngineKind::Valkey => self.valkey.as_ref(),
        }
    }

    fn missing(&self) -> Vec<EngineKind> {
        let kinds = [EngineKind::Postgres, EngineKind::Valkey];
        kinds
            .into_iter()
            .filter(|kind| self.get(*kind).is_none())
            .collect()
    }

    fn refused_for(&self, kind: EngineKind) -> Vec<Refusal> {
        self.refused
            .iter()
            .filter(|refusal| refusal.kind == kind)
            .cloned()
            .collect()
    }
}

/// Both engines, ready to be started.
#[derive(Debug, Clone)]
pub struct Engines {
    /// Postgres with pgvector.
    pub postgres: Engine,
    /// Valkey.
    pub valkey: Engine,
    /// What was looked at before these and not taken.
    pub refused: Vec<Refusal>,
}

impl Engines {
    /// Looks for the engines without changing or fetching anything.
    pub async fn discover(options: &DiscoverOptions) -> Result<Discovery, Error> {
        let options = options.clone();
        blocking(move || Ok(probe::discover(&options))).await
    }

    /// Finds the engines and fetches what is missing.
    pub async fn ensure(options: &DiscoverOptions) -> Result<Self, Error> {
        let options = options.clone();
        blocking(move || ensure(&options)).await
    }
}

fn ensure(options: &DiscoverOptions) -> Result<Engines, Error> {
    let mut found = probe::discover(options);
    let missing = found.missing();
    if !missing.is_empty() {
        fetch::fetch(options, &found, &missing)?;
        found = mark_fetched(probe::discover(options), &missing);
    }
    let Discovery {
        postgres,
        valkey,
        mut refused,
    } = found;
    let kind = match (postgres, valkey) {
        (Some(postgres), Some(valkey)) => {
            return Ok(Engines {
                postgres,
                valkey,
                refused,
            });
        }
        (None, _) => EngineKind::Postgres,
        (Some(_), None) => EngineKind::Valkey,
    };
    refused.retain(|refusal| refusal.kind == kind);
    Err(Error::MissingEngine { kind, refused })
}

fn mark_fetched(mut found: Discovery, fetched: &[EngineKind]) -> Discovery {
    for engine in [&mut found.postgres, &mut found.valkey]
        .into_iter()
        .flatten()
    {
        if fetched.contains(&engine.kind) && engine.source == Source::Store {
            engine.source = Source::Fetched;
        }
    }
    found
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let failed = |e| Error::Fetch {
        detail: format!("the search broke off: {e}"),
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// The programs of this name in the folders of `search_path`.
fn on_path<'a>(search_path: &'a [PathBuf], program: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    search_path
        .iter()
        .filter(|folder| folder.is_absolute())
        .map(move |folder| folder.join(program))
        .filter(|path| path.is_file())
}

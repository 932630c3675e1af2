//! The files of the built-in model: where they are looked for, and what is said when they are not there.

use std::path::{Path, PathBuf};

use mosaic_config::Config;

use crate::{EmbedError, EmbedErrorKind};

pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const SHAPE: &str = "config.json";
const NEEDED: [&str; 3] = [WEIGHTS, TOKENIZER, SHAPE];

/// Where the model is below a data folder or a folder of shared files.
const BELOW: &str = "models/all-MiniLM-L6-v2";
const SHARED: [&str; 2] = ["/usr/local/share/mosaic", "/usr/share/mosaic"];

/// The folder that holds the built-in model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFiles {
    folder: PathBuf,
}

impl ModelFiles {
    /// The files in this folder, if all of them are there.
    pub fn in_folder(folder: &Path) -> Result<Self, EmbedError> {
        match NEEDED.iter().find(|name| !folder.join(name).is_file()) {
            None => Ok(Self {
                folder: folder.to_owned(),
            }),
            Some(missing) => Err(missing_file(&folder.join(missing))),
        }
    }

    /// The files that the configuration names, or else those in one of the usual places.
    pub fn find(config: &Config) -> Result<Self, EmbedError> {
        if let Some(folder) = &config.memory.model_folder {
            return Self::in_folder(folder);
        }
        let usual = std::iter::once(config.local.data_dir.as_path())
            .chain(SHARED.map(Path::new))
            .map(|place| place.join(BELOW));
        let places: Vec<PathBuf> = usual.collect();
        let found = places.iter().find_map(|it| Self::in_folder(it).ok());
        found.ok_or_else(|| {
            let shown: Vec<String> = places.iter().map(|it| it.display().to_string()).collect();
            EmbedError::new(
                EmbedErrorKind::ModelFiles,
                format!("the built-in model is in none of {}", shown.join(", ")),
                REMEDY,
            )
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, EmbedError> {
        let path = self.folder.join(name);
        std::fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing_file(&path),
            _ => self.fault(name, &error.to_string()),
        })
    }

    /// What is wrong with one of the files.
    pub(super) fn fault(&self, name: &str, what: &str) -> EmbedError {
        let path = self.folder.join(name);
        EmbedError::new(
            EmbedErrorKind::ModelFiles,
            format!("{} cannot be used: {what}", path.display()),
            format!("replace it: remove its folder, then {REMEDY}"),
        )
    }
}

const REMEDY: &str = "run `cargo xtask setup` in a clone, start `mosaic up` with a network, or set memory.model_folder to a folder with \
     model.safetensors, tokenizer.json and config.json of all-MiniLM-L6-v2";

fn missing_file(path: &Path) -> EmbedError {
    EmbedError::new(
        EmbedErrorKind::ModelFiles,
        format!("{} of the built-in model is not there", path.display()),
        REMEDY,
    )
}

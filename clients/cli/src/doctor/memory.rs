//! What makes the vectors by which memories are found.

use std::time::{Duration, Instant};

use mosaic_memory::{Embedder, Hashed, ModelFiles, embedder};

use super::Patient;
use super::report::{Check, Report};
use crate::data_folder::DataFolder;
use crate::up::model_folder;

const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn probe(patient: &Patient, report: &mut Report) {
    let mut config = patient.context.config.clone();
    if patient.local {
        let folder = match &patient.folder {
            Some(folder) => folder.clone(),
            None => DataFolder::new(&config.local.data_dir),
        };
        let engines = config.local.engines_dir.clone();
        let engines = engines.or_else(|| folder.engines()?.folder);
        config.memory.model_folder = model_folder(&config, engines, &folder);
    }
    report.add(match embedder(&config) {
        Err(error) => Check::fail("memory", error.to_string(), &error.remedy),
        Ok(embedder) if embedder.name() == Hashed::NAME => {
            let told = format!(
                "hashed/v1, 384 dimensions: {}",
                embedder.note().unwrap_or_default()
            );
            let missing = ModelFiles::find(&config).err();
            let remedy = missing.map_or_else(
                || "for meaning set memory.embedder to auto".to_owned(),
                |missing| missing.remedy,
            );
            Check::warn("memory", told, &remedy)
        }
        Ok(embedder) => tried(embedder.as_ref()).await,
    });
}

/// A vector is made, because only that shows that it can be made.
async fn tried(embedder: &dyn Embedder) -> Check {
    let name = embedder.name();
    let since = Instant::now();
    let making = async {
        embedder.embed(&["Is anybody there?".to_owned()]).await?;
        embedder.model().await
    };
    match tokio::time::timeout(TIMEOUT, making).await {
        Err(_) => Check::fail(
            "memory",
            format!("{name} made no vector within 30 s"),
            "check the provider behind it, or set memory.embedder to hashed",
        ),
        Ok(Err(error)) => Check::fail("memory", error.to_string(), &error.remedy),
        Ok(Ok(model)) => Check::ok(
            "memory",
            format!(
                "{name} makes vectors of {} dimensions, the first in {} ms",
                model.dimension,
                since.elapsed().as_millis()
            ),
        ),
    }
}

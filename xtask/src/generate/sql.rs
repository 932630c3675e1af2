//! The metadata of the SQL queries, one file a query, as `cargo sqlx prepare` would write it.
//!
//! The query macros write what they learn from a live database into `SQLX_OFFLINE_DIR`; all it
//! takes is a database with the schema and a compilation of the crate that holds the queries.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Context as _;
use secrecy::ExposeSecret as _;

use crate::{
    engines::{self, Throwaway},
    environment, migrations, process, say, setup,
};

const PACKAGE: &str = "mosaic-storage";
const DATABASE: &str = "mosaic_prepare";

/// Names and contents of the metadata files.
type Metadata = BTreeMap<String, String>;

pub(super) async fn run(configured: Option<&Path>, check: bool) -> anyhow::Result<()> {
    let found = setup::ready(configured).await?;
    let running = Throwaway::start(&found, false).await?;
    let fresh = prepare(&running).await;
    running.end().await?;
    let fresh = fresh?;

    let folder = environment::root().join(".sqlx");
    let old = read(&folder)?;
    if check {
        return compare(&old, &fresh);
    }
    replace(&folder, &old, &fresh)?;
    say::line(format!(
        "{} queries described in {}",
        fresh.len(),
        folder.display()
    ));
    Ok(())
}

async fn prepare(running: &Throwaway) -> anyhow::Result<Metadata> {
    let database = migrations::fresh(&running.postgres, DATABASE)?;
    let written = engines::folder()?;
    touch_sources()?;
    // With the features of the whole workspace, just as the lints are looked for: compiled once for both.
    let mut check = process::cargo(process::LINTS);
    check
        .env("DATABASE_URL", database.expose_secret())
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", written.path());
    process::must(check).await?;
    let fresh = read(written.path())?;
    anyhow::ensure!(
        !fresh.is_empty(),
        "no query was described: {PACKAGE} was not compiled"
    );
    Ok(fresh)
}

/// cargo does not know that the macros depend on the database, so the roots of the crate and of
/// its tests get a new time and are compiled again.
fn touch_sources() -> anyhow::Result<()> {
    let home = environment::root().join("libs/storage");
    let mut roots = vec![home.join("src/lib.rs")];
    roots.extend(rust_files(&home.join("tests")));
    for root in roots {
        let file = File::options().append(true).open(&root);
        let file = file.with_context(|| format!("cannot open {}", root.display()))?;
        file.set_modified(SystemTime::now())?;
    }
    Ok(())
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .collect()
}

fn read(folder: &Path) -> anyhow::Result<Metadata> {
    let mut metadata = Metadata::new();
    if !folder.exists() {
        return Ok(metadata);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("query-") {
            metadata.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(metadata)
}

fn compare(old: &Metadata, fresh: &Metadata) -> anyhow::Result<()> {
    let missing = fresh
        .iter()
        .filter(|(name, text)| old.get(*name) != Some(*text))
        .count();
    let unused = old.keys().filter(|name| !fresh.contains_key(*name)).count();
    anyhow::ensure!(
        missing == 0 && unused == 0,
        "the SQL metadata is stale ({missing} missing or different, {unused} unused): \
         run `cargo xtask gen sql` and commit the result"
    );
    Ok(())
}

/// Writes what differs only, and removes what is used no more.
fn replace(folder: &Path, old: &Metadata, fresh: &Metadata) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for name in old.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, text) in fresh
        .iter()
        .filter(|(name, text)| old.get(*name) != Some(*text))
    {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

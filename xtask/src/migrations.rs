//! Applies `migrations/` to a database by themselves, with the psql that comes with the engine.
//!
//! Not through the migrate service: that one contains checked queries, so it cannot be built
//! between a change of the schema and the new query metadata, which is when this is needed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use mosaic_embedded::Postgres;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{environment, process};

/// Makes `database` anew with the schema of all migrations and says where it is.
pub(crate) fn fresh(postgres: &Postgres, database: &str) -> anyhow::Result<SecretString> {
    let psql = psql(postgres)?;
    let again =
        format!("DROP DATABASE IF EXISTS {database} WITH (FORCE);\nCREATE DATABASE {database};\n");
    run(&psql, postgres, "postgres", &again)?;
    for file in files(&environment::root().join("migrations"))? {
        let name = file.display();
        let sql = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        run(&psql, postgres, database, &sql).with_context(|| format!("{name} does not apply"))?;
    }
    Ok(postgres.url_for(database))
}

/// The migrations in their order.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "sql"));
    files.sort();
    Ok(files)
}

fn psql(postgres: &Postgres) -> anyhow::Result<PathBuf> {
    let on_path = || {
        let mut programs = environment::search_path()
            .into_iter()
            .map(|dir| dir.join("psql"));
        programs.find(|program| program.is_file())
    };
    let found = postgres.engine().tool("psql").or_else(on_path);
    found.context("psql is not there: install the client programs of Postgres")
}

fn run(psql: &Path, postgres: &Postgres, database: &str, sql: &str) -> anyhow::Result<()> {
    let mut command = Command::new(psql);
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    for (name, value) in postgres.variables_for(database) {
        command.env(name, value.expose_secret());
    }
    process::feed(command, sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_applied_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0010_b.sql", "0002_a.sql", "README.md"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> = files(folder.path()).unwrap();
        let expected = ["0002_a.sql", "0010_b.sql"].map(|name| folder.path().join(name));
        assert_eq!(names, expected);
    }
}

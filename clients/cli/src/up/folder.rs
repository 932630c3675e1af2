//! The data folder: chosen, made, and held by one process.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use mosaic_config::{Config, environment};
use mosaic_embedded::{reachable_home, refuse_exposed};
use nix::fcntl::OFlag;

use crate::data_folder::{DataFolder, OF_THE_SYSTEM, is_our_folder};
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

/// Makes the folder, or takes one that nobody else can put files into.
fn make(path: &Path) -> Result<(), Failure> {
    refuse_exposed(path).map_err(|error| {
        Failure::new(Exit::Config, error.to_string()).with_remedy(error.remedy())
    })?;
    if path.is_dir() {
        // A link that is one's own leads to where one wants to be.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        return if is_our_folder(&real) {
            Ok(())
        } else {
            Err(foreign(&real))
        };
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

fn foreign(path: &Path) -> Failure {
    let folder = path.display();
    let message = format!("{folder} belongs to somebody else, or others can write into it");
    let remedy = format!(
        "if it is yours, keep others out: chmod go-w {folder}; if it is not, run as its owner or choose another --data-dir"
    );
    Failure::new(Exit::Config, message).with_remedy(remedy)
}

fn lock(folder: &DataFolder) -> Result<Lock, Failure> {
    let path = folder.join("lock");
    let mut file = open_ours(&path).map_err(|error| Failure::io("open", &path, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(held(folder, &mut file)),
        Err(TryLockError::Error(error)) => return Err(Failure::io("lock", &path, &error)),
    }
    let failed = |error| Failure::io("write", &path, &error);
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(Lock(file))
}

/// Opens a file of one's own for writing, and makes it where there is none. What somebody put there instead, such as a link to
/// another file, is not touched.
fn open_ours(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .custom_flags(flags.bits())
        .open(path)?;
    let meta = file.metadata()?;
    let own = meta.uid() == nix::unistd::Uid::effective().as_raw();
    if meta.is_file() && own && meta.nlink() == 1 {
        return Ok(file);
    }
    let told = "it is no file of this user's; find out who made it, then remove it";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, told))
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
    #[test]
    fn what_lies_in_the_place_of_the_lock_is_not_touched() {
        let temp = tempfile::tempdir().unwrap();
        let (victim, folder) = (temp.path().join("victim"), DataFolder::new(temp.path()));
        fs::write(&victim, "untouched").unwrap();
        std::os::unix::fs::symlink(&victim, folder.join("lock")).unwrap();
        lock(&folder).unwrap_err();
        fs::remove_file(folder.join("lock")).unwrap();
        fs::hard_link(&victim, folder.join("lock")).unwrap();
        lock(&folder).unwrap_err();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    }

    #[test]
    fn a_folder_that_others_can_write_into_holds_no_data() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a");
        make(&path).unwrap();
        make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        let failure = make(&path).unwrap_err();
        assert!(
            failure.to_string().contains("others can write"),
            "{failure}"
        );
        // What lies below it could be another folder at any moment.
        if nix::unistd::Uid::effective().is_root() {
            make(&path.join("b")).unwrap_err();
        }
    }
}

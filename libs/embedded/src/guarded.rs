//! Files in a folder that belongs to the engine's account. We may be root and the engine may not be
//! trusted: whatever it put in the place of one of our files must not lead us to another file.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::{
        fd::OwnedFd,
        unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{self, OFlag},
    sys::stat::Mode,
    unistd::{UnlinkatFlags, unlinkat},
};

use crate::{account::Account, error::Error};

/// Opens a file of ours for appending, and makes it when it is not there.
pub(crate) fn append(path: &Path, account: &Account) -> Result<File, Error> {
    let flags = OFlag::O_CREAT | OFlag::O_WRONLY | OFlag::O_APPEND;
    open(path, account, flags)?.map_err(Error::io("open", path))
}

/// Opens a file of ours for reading; none when it is not there.
pub(crate) fn reader(path: &Path, account: &Account) -> Result<Option<File>, Error> {
    match open(path, account, OFlag::O_RDONLY)? {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("read", path)(e)),
    }
}

/// What a file of ours says; none when it is not there.
pub(crate) fn read(path: &Path, account: &Account) -> Result<Option<String>, Error> {
    let Some(mut file) = reader(path, account)? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(Error::io("read", path))?;
    Ok(Some(text))
}

/// Writes a file that only the engine's account can read: beside it and then renamed, so that a
/// crash leaves the old or the new content.
pub(crate) fn write(path: &Path, account: &Account, content: &str) -> Result<(), Error> {
    let partial = path.with_extension("partial");
    refuse_link(path)?;
    refuse_link(&partial)?;
    match fs::remove_file(&partial) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            return Err(Error::io("remove", &partial)(e));
        }
        _ => {}
    }
    // Never an existing file, nor one behind a link that was made since.
    let mut options = OpenOptions::new();
    options.create_new(true).write(true).mode(0o600);
    let mut file = options
        .open(&partial)
        .map_err(Error::io("create", &partial))?;
    file.write_all(content.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(Error::io("write", &partial))?;
    account.own_file(&file, &partial)?;
    fs::rename(&partial, path).map_err(Error::io("write", path))
}

/// Removes a file of ours, or whatever is in its place.
pub(crate) fn remove(path: &Path, account: &Account) -> Result<(), Error> {
    let removed = folder_of(path, account)
        .and_then(|folder| unlinkat(&folder, name_of(path), UnlinkatFlags::NoRemoveDir));
    match removed {
        Ok(()) | Err(Errno::ENOENT) => Ok(()),
        Err(e) if is_link(e) => Err(link(path)),
        Err(e) => Err(Error::io("remove", path)(e.into())),
    }
}

/// The outer error is a refusal, the inner one is what the system said.
fn open(path: &Path, account: &Account, flags: OFlag) -> Result<io::Result<File>, Error> {
    // Without waiting, as a pipe in the place of the file would never open.
    let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let mode = Mode::S_IRUSR | Mode::S_IWUSR;
    let opened = folder_of(path, account)
        .and_then(|folder| fcntl::openat(&folder, name_of(path), flags, mode));
    match opened.map(File::from) {
        Ok(file) => {
            account.check_file(&file, path)?;
            Ok(Ok(file))
        }
        Err(e) if is_link(e) => Err(link(path)),
        Err(e) => Ok(Err(e.into())),
    }
}

/// The open folder around a file. The account may own it, and have put a link there for root to follow.
fn folder_of(path: &Path, account: &Account) -> nix::Result<OwnedFd> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    if account.drops_root() {
        flags |= OFlag::O_NOFOLLOW;
    }
    fcntl::open(folder, flags, Mode::empty())
}

fn name_of(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// A link to a folder is no folder either, to those who follow none.
fn is_link(error: Errno) -> bool {
    matches!(error, Errno::ELOOP | Errno::ENOTDIR)
}

fn refuse_link(path: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => Err(link(path)),
        _ => Ok(()),
    }
}

fn link(path: &Path) -> Error {
    Error::NotOurs {
        path: path.to_owned(),
        found: "a symbolic link",
    }
}

impl Account {
    /// Fails when `file`, opened at `path`, is no plain file or another user's under a second name.
    fn check_file(&self, file: &File, path: &Path) -> Result<(), Error> {
        let meta = file.metadata().map_err(Error::io("look at", path))?;
        let found = if !meta.is_file() {
            "not a regular file"
        } else if self.is_foreign(meta.uid()) && meta.nlink() > 1 {
            "a second name of another user's file"
        } else {
            return Ok(());
        };
        let path = path.to_owned();
        Err(Error::NotOurs { path, found })
    }

    /// Gives an open file to this account, when that is for us to decide.
    pub(crate) fn own_file(&self, file: &File, path: &Path) -> Result<(), Error> {
        let meta = file.metadata().map_err(Error::io("look at", path))?;
        if !self.is_foreign(meta.uid()) {
            return Ok(());
        }
        if !meta.is_dir() {
            self.check_file(file, path)?;
        }
        self.give(file)
            .map_err(|e| Error::io("change the owner of", path)(e.into()))
    }
}

#[cfg(test)]
mod tests;

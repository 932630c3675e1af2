//! Who the engines run as. Postgres refuses to be root and Valkey has no reason to be, so under
//! root they run as an unprivileged user, who must be able to reach the programs and the data.

use std::{
    ffi::{CString, OsStr},
    fs::{self, File},
    os::{
        fd::OwnedFd,
        unix::{
            ffi::OsStrExt as _,
            fs::{MetadataExt as _, PermissionsExt as _},
            process::CommandExt as _,
        },
    },
    path::{Path, PathBuf},
    process::Command,
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{self, AtFlags, OFlag},
    sys::stat::{Mode, SFlag, fstatat},
    unistd::{Gid, Uid, User, fchown},
};

use crate::error::Error;

/// The account that a child process runs as.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    name: String,
    uid: u32,
    gid: u32,
    drop_root: bool,
}

impl Account {
    /// The account for data in `folder`: our own; for root the folder's owner, so that data of a
    /// user stay the user's, else `nobody`.
    pub(crate) fn for_folder(folder: &Path) -> Self {
        let (uid, gid) = (Uid::effective(), Gid::effective());
        if !uid.is_root() {
            let (uid, gid) = (uid.as_raw(), gid.as_raw());
            return Self {
                name: format!("uid {uid}"),
                uid,
                gid,
                drop_root: false,
            };
        }
        match fs::metadata(folder) {
            Ok(meta) if meta.uid() != 0 => Self {
                name: user_name(meta.uid()),
                uid: meta.uid(),
                gid: meta.gid(),
                drop_root: true,
            },
            _ => Self::nobody(),
        }
    }

    fn nobody() -> Self {
        let known = User::from_name("nobody").ok().flatten();
        let (uid, gid) = known.map_or((65534, 65534), |u| (u.uid.as_raw(), u.gid.as_raw()));
        Self {
            name: "nobody".into(),
            uid,
            gid,
            drop_root: true,
        }
    }

    /// Makes `command` run as this account.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.drop_root {
            // std clears the supplementary groups when root sets a uid.
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives `path` and everything below it to this account, when that is for us to decide. Each
    /// step starts from an open folder and follows no link, because the account may change the
    /// tree meanwhile.
    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        if !self.drop_root {
            return Ok(());
        }
        match open(path, OFlag::empty(), |path, flags| {
            fcntl::open(path, flags, Mode::empty())
        })? {
            Some(file) => self.own_tree(file, path),
            None => Ok(()),
        }
    }

    fn own_tree(&self, file: File, path: &Path) -> Result<(), Error> {
        self.own_file(&file, path)?;
        let meta = file.metadata().map_err(Error::io("look at", path))?;
        if !meta.is_dir() {
            return Ok(());
        }
        let list = |e: Errno| Error::io("list", path)(e.into());
        let mut dir = Dir::from_fd(file.into()).map_err(list)?;
        let names = dir
            .iter()
            .map(|entry| entry.map(|e| e.file_name().to_owned()));
        let names: Vec<CString> = names.collect::<Result<_, _>>().map_err(list)?;
        for name in names {
            let name = OsStr::from_bytes(name.as_bytes());
            if name != "." && name != ".." {
                self.own_entry(&dir, name, &path.join(name))?;
            }
        }
        Ok(())
    }

    fn own_entry(&self, dir: &Dir, name: &OsStr, path: &Path) -> Result<(), Error> {
        let stat = match fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::ENOENT) => return Ok(()),
            Err(e) => return Err(Error::io("look at", path)(e.into())),
        };
        let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
        let only = match kind {
            SFlag::S_IFDIR => OFlag::O_DIRECTORY,
            SFlag::S_IFREG if self.is_foreign(stat.st_uid) => OFlag::empty(),
            _ => return Ok(()),
        };
        match open(path, only, |_, flags| {
            fcntl::openat(dir, name, flags, Mode::empty())
        })? {
            Some(file) => self.own_tree(file, path),
            None => Ok(()),
        }
    }

    /// True when we are root and what `uid` owns is not this account's.
    pub(crate) fn is_foreign(&self, uid: u32) -> bool {
        self.drop_root && uid != self.uid
    }

    /// True when we are root and the process `pid` runs as somebody else than this account.
    pub(crate) fn is_foreign_process(&self, pid: i32) -> bool {
        let owner = fs::metadata(format!("/proc/{pid}"));
        owner.is_ok_and(|meta| self.is_foreign(meta.uid()))
    }

    /// True when we are root and this account is not.
    pub(crate) const fn drops_root(&self) -> bool {
        self.drop_root
    }

    pub(crate) fn give(&self, file: &File) -> nix::Result<()> {
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        fchown(file, Some(uid), Some(gid))
    }

    /// Creates `folder` and what is missing above it, such that this account can pass through
    /// whatever our umask is.
    pub(crate) fn create_folders(&self, folder: &Path) -> Result<(), Error> {
        self.check_reach(folder)?;
        let missing: Vec<&Path> = folder.ancestors().take_while(|dir| !dir.exists()).collect();
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        for dir in missing.into_iter().filter(|_| self.drop_root) {
            let passable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(dir, passable).map_err(Error::io("open up", dir))?;
        }
        self.check_reach(folder)
    }

    /// Fails when this account cannot enter the folders that lead to `path` (or, for a folder,
    /// `path` itself).
    pub(crate) fn check_reach(&self, path: &Path) -> Result<(), Error> {
        match self.blocked_at(path) {
            None => Ok(()),
            Some(blocked) => {
                let (folder, user) = (path.to_owned(), self.name.clone());
                Err(Error::Unreachable {
                    folder,
                    blocked,
                    user,
                })
            }
        }
    }

    fn blocked_at(&self, path: &Path) -> Option<PathBuf> {
        if !self.drop_root {
            return None;
        }
        let real = deepest_existing(path);
        let blocked = real.ancestors().filter(|dir| !self.may_enter(dir)).last();
        blocked.map(Path::to_owned)
    }

    fn may_enter(&self, path: &Path) -> bool {
        let Ok(meta) = fs::metadata(path) else {
            return false;
        };
        let shift = match (meta.uid() == self.uid, meta.gid() == self.gid) {
            (true, _) => 6,
            (false, true) => 3,
            (false, false) => 0,
        };
        (meta.mode() >> shift) & 1 == 1 || (meta.is_file() && (meta.mode() >> shift) & 4 == 4)
    }
}

/// Opens with `how` to look at and give away; none for what is gone or became a link.
fn open(
    path: &Path,
    only: OFlag,
    how: impl FnOnce(&Path, OFlag) -> nix::Result<OwnedFd>,
) -> Result<Option<File>, Error> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match how(path, flags | only) {
        Ok(fd) => Ok(Some(fd.into())),
        Err(Errno::ELOOP | Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(e) => Err(Error::io("open", path)(e.into())),
    }
}

pub(crate) fn user_name(uid: u32) -> String {
    let known = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    known.map_or_else(|| format!("uid {uid}"), |user| user.name)
}

/// The existing part of `path`, without symlinks.
fn deepest_existing(path: &Path) -> PathBuf {
    path.ancestors()
        .find_map(|part| fs::canonicalize(part).ok())
        .unwrap_or_else(|| PathBuf::from("/"))
}

/// `preferred`, unless we are root and the unprivileged user that engines then run as cannot
/// reach it (as below `/root`): then `fallback`. Callers choose folders for engines and their data
/// with this and say which one was taken.
#[must_use]
pub fn reachable_home<'a>(preferred: &'a Path, fallback: &'a Path) -> &'a Path {
    match Account::for_folder(preferred).blocked_at(preferred) {
        None => preferred,
        Some(_) => fallback,
    }
}

#[cfg(test)]
mod tests;

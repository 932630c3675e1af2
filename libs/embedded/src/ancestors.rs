//! Whether root may work below a path. Whoever can change a folder on the way can put another one in its place at any moment,
//! and root would then read, write and give away files somewhere else.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use nix::unistd::Uid;

use crate::{account::user_name, error::Error};

/// Links that may lead to each other.
const LINKS: usize = 8;
const STICKY: u32 = 0o1000;
const BY_GROUP: u32 = 0o020;
const BY_OTHERS: u32 = 0o002;

/// Fails when we are root and somebody else can change the way to `path`: all of the existing folders above it must be root's, and
/// writable only by root or sticky. What is at `path` itself may be anybody's.
pub fn refuse_exposed(path: &Path) -> Result<(), Error> {
    if !Uid::effective().is_root() {
        return Ok(());
    }
    let path = std::path::absolute(path).map_err(Error::io("resolve", path))?;
    match path.parent().and_then(|parent| exposed(parent, LINKS)) {
        Some((exposed, owner)) => Err(Error::Exposed {
            path,
            exposed,
            owner: user_name(owner),
        }),
        None => Ok(()),
    }
}

/// The outermost folder on the way to this one, itself included, that somebody else can change, and whose it is.
fn exposed(folder: &Path, links: usize) -> Option<(PathBuf, u32)> {
    let mut way: Vec<&Path> = folder.ancestors().collect();
    way.reverse();
    for step in way {
        let Ok(meta) = fs::symlink_metadata(step) else {
            // What is missing will be made by us.
            return None;
        };
        if !is_closed(&meta) {
            return Some((step.to_owned(), meta.uid()));
        }
        if meta.is_symlink() {
            let Ok(target) = fs::canonicalize(step) else {
                return Some((step.to_owned(), meta.uid()));
            };
            let behind = match links {
                0 => Some((step.to_owned(), meta.uid())),
                _ => exposed(&target, links - 1),
            };
            if behind.is_some() {
                return behind;
            }
        }
    }
    None
}

fn is_closed(meta: &Metadata) -> bool {
    let open = if meta.gid() == 0 {
        BY_OTHERS
    } else {
        BY_OTHERS | BY_GROUP
    };
    // The mode of a link says nothing, and in a sticky folder nobody replaces what is root's.
    let writable = !meta.is_symlink() && meta.mode() & open != 0 && meta.mode() & STICKY == 0;
    meta.uid() == 0 && !writable
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn root_goes_no_way_that_somebody_else_can_change() {
        let home = tempfile::tempdir().unwrap();
        let (theirs, inner) = (home.path().join("theirs"), home.path().join("theirs/a/b"));
        fs::create_dir_all(&inner).unwrap();
        set_mode(&theirs, 0o755);
        if !Uid::effective().is_root() {
            // Who is not root is protected by the system.
            set_mode(&theirs, 0o777);
            refuse_exposed(&inner.join("engine")).unwrap();
            return;
        }
        let refused = |path: &Path| match refuse_exposed(path) {
            Err(Error::Exposed { exposed, .. }) => Some(exposed),
            other => {
                other.unwrap();
                None
            }
        };
        assert_eq!(refused(&inner.join("not/yet")), None);
        set_mode(&theirs, 0o777);
        assert_eq!(refused(&inner), Some(theirs.clone()));
        assert_eq!(refused(&theirs), None);
        set_mode(&theirs, 0o1777);
        assert_eq!(refused(&inner), None);
        chown(&theirs, Some(65_534), None).unwrap();
        set_mode(&theirs, 0o700);
        assert_eq!(refused(&inner.join("not/yet")), Some(theirs.clone()));
        let told = refuse_exposed(&inner).unwrap_err();
        assert!(
            told.remedy().contains("Run as its owner"),
            "{}",
            told.remedy()
        );
    }

    #[test]
    fn a_link_is_judged_by_itself_and_by_where_it_leads() {
        let home = tempfile::tempdir().unwrap();
        if !Uid::effective().is_root() {
            return;
        }
        let (open, link) = (home.path().join("open"), home.path().join("link"));
        fs::create_dir(&open).unwrap();
        set_mode(&open, 0o755);
        symlink(&open, &link).unwrap();
        refuse_exposed(&link.join("engine")).unwrap();
        set_mode(&open, 0o777);
        refuse_exposed(&link.join("engine")).unwrap_err();
        set_mode(&open, 0o755);
        std::os::unix::fs::lchown(&link, Some(65_534), None).unwrap();
        refuse_exposed(&link.join("engine")).unwrap_err();
    }
}

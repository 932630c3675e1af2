//! Which files and folders are believed: those that nobody but the caller, or root, can have written.
//!
//! Who owns the folder around a file says nothing: in a shared place that may be anybody.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::Uid;

/// Others may neither read nor write it.
const PRIVATE: u32 = 0o077;
/// Others may not write it.
const OURS: u32 = 0o022;

/// Reads a file with secrets or addresses: somebody else's would tell them what is said.
pub(crate) fn read_private(path: &Path) -> io::Result<String> {
    read(
        path,
        PRIVATE,
        "can be read by others; make it private: chmod 600",
    )
}

/// Reads a file that others may read but must not have written.
pub(super) fn read_ours(path: &Path) -> io::Result<String> {
    read(
        path,
        OURS,
        "can be changed by others; keep them out: chmod go-w",
    )
}

/// Whether this is a folder, no link to one, into which only the caller or root can put files.
pub(crate) fn is_our_folder(path: &Path) -> bool {
    open(path, OFlag::O_DIRECTORY)
        .and_then(|folder| folder.metadata())
        .is_ok_and(|meta| is_ours(&meta, Uid::effective()) && meta.mode() & OURS == 0)
}

/// What is judged is what is read: the open file, not whatever has its name by then.
fn read(path: &Path, closed_to_others: u32, or_else: &str) -> io::Result<String> {
    let mut file = open(path, OFlag::empty())?;
    let meta = file.metadata()?;
    let refuse = |why: &str| {
        let told = format!("{} {why}", path.display());
        Err(io::Error::new(io::ErrorKind::PermissionDenied, told))
    };
    if !meta.is_file() {
        return refuse("is no file");
    }
    if !is_ours(&meta, Uid::effective()) {
        return refuse("belongs to somebody else");
    }
    if meta.mode() & closed_to_others != 0 {
        return refuse(or_else);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Follows no link, and does not wait for the other end of a pipe.
fn open(path: &Path, more: OFlag) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | more;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)
}

fn is_ours(meta: &Metadata, caller: Uid) -> bool {
    let owner = Uid::from_raw(meta.uid());
    owner == caller || owner.is_root()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_that_others_can_change_and_a_link_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("mosaic.toml");
        fs::write(&file, "x").unwrap();
        set_mode(&file, 0o644);
        assert_eq!(read_ours(&file).unwrap(), "x");
        assert!(read_private(&file).is_err());
        for mode in [0o664, 0o646] {
            set_mode(&file, mode);
            let error = read_ours(&file).unwrap_err().to_string();
            assert!(error.contains("chmod go-w"), "{error}");
        }
        set_mode(&file, 0o600);
        let link = temp.path().join("link");
        symlink(&file, &link).unwrap();
        assert!(read_ours(&link).is_err());
        assert!(read_private(&link).is_err());
    }

    #[test]
    fn what_belongs_to_somebody_else_is_not_ours_but_what_is_roots_is() {
        let temp = tempfile::tempdir().unwrap();
        let meta = fs::metadata(temp.path()).unwrap();
        assert!(is_ours(&meta, Uid::effective()));
        let stranger = Uid::from_raw(meta.uid() + 1);
        assert_eq!(
            is_ours(&meta, stranger),
            Uid::from_raw(meta.uid()).is_root()
        );
        assert!(is_ours(&fs::metadata("/").unwrap(), stranger));
    }

    #[test]
    fn a_folder_that_others_can_write_and_a_link_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("a");
        fs::create_dir(&folder).unwrap();
        set_mode(&folder, 0o711);
        assert!(is_our_folder(&folder));
        set_mode(&folder, 0o777);
        assert!(!is_our_folder(&folder));
        set_mode(&folder, 0o770);
        assert!(!is_our_folder(&folder));
        set_mode(&folder, 0o700);
        let link = temp.path().join("link");
        symlink(&folder, &link).unwrap();
        assert!(!is_our_folder(&link));
    }
}

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::folder::Folder;

/// A file of ours outside of the engine's folder, and the folder after a first start.
fn victim_and_folder() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let victim = home.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let path = home.path().join("engine");
    let folder = Folder::open(&path).unwrap();
    folder.command(Path::new("/bin/true")).unwrap();
    folder.remember_port(4711).unwrap();
    (home, victim, path)
}

fn assert_untouched(victim: &Path) {
    assert_eq!(fs::read_to_string(victim).unwrap(), "untouched");
    let ours = nix::unistd::Uid::effective().as_raw();
    assert_eq!(fs::metadata(victim).unwrap().uid(), ours);
}

fn replace_with_link(path: &Path, victim: &Path) {
    let _ = fs::remove_file(path);
    symlink(victim, path).unwrap();
}

fn is_refusal<T>(result: Result<T, Error>, at: &Path) -> bool {
    matches!(result, Err(Error::NotOurs { path, .. }) if path == at)
}

#[test]
fn a_link_in_the_place_of_the_log_or_a_new_file_is_refused() {
    let (_home, victim, path) = victim_and_folder();
    for name in ["log", "port.partial", "pid"] {
        replace_with_link(&path.join(name), &victim);
    }
    let folder = Folder::open(&path).unwrap();
    let command = folder.command(Path::new("/bin/true"));
    assert!(is_refusal(command, &path.join("log")));
    assert_eq!(folder.log_since(0), "");
    let port = folder.remember_port(4712);
    assert!(is_refusal(port, &path.join("port.partial")));
    assert!(is_refusal(folder.remember_pid(1), &path.join("pid")));
    assert_eq!(folder.remembered_port(), Some(4711));
    assert_untouched(&victim);
}

#[test]
fn a_link_in_the_place_of_the_lock_or_the_password_is_refused() {
    for name in ["lock", "password"] {
        let (_home, victim, path) = victim_and_folder();
        replace_with_link(&path.join(name), &victim);
        assert!(is_refusal(Folder::open(&path), &path.join(name)), "{name}");
        assert_untouched(&victim);
    }
}

#[test]
fn a_pipe_in_the_place_of_the_log_is_refused_without_waiting() {
    let (_home, _victim, path) = victim_and_folder();
    let log = path.join("log");
    fs::remove_file(&log).unwrap();
    nix::unistd::mkfifo(&log, Mode::S_IRWXU).unwrap();
    let folder = Folder::open(&path).unwrap();
    assert!(folder.command(Path::new("/bin/true")).is_err());
}

#[test]
fn what_is_left_of_a_crash_is_replaced() {
    let (_home, _victim, path) = victim_and_folder();
    fs::write(path.join("port.partial"), "47").unwrap();
    let folder = Folder::open(&path).unwrap();
    folder.remember_port(4712).unwrap();
    assert_eq!(folder.remembered_port(), Some(4712));
    assert!(!path.join("port.partial").exists());
}

#[test]
fn root_gives_away_the_tree_but_nothing_that_links_lead_to() {
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let (home, victim, path) = victim_and_folder();
    let outside = home.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let deep = path.join("pgdata/base");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("1"), "").unwrap();
    symlink(&victim, deep.join("2")).unwrap();
    symlink(&outside, path.join("pgdata/pg_tblspc")).unwrap();
    Folder::open(&path).unwrap();
    let owner = fs::metadata(&path).unwrap().uid();
    assert_ne!(owner, 0);
    for given in [deep.join("1"), deep, path.join("port"), path.join("lock")] {
        assert_eq!(fs::metadata(&given).unwrap().uid(), owner, "{given:?}");
    }
    assert_eq!(fs::metadata(&outside).unwrap().uid(), 0);
    assert_untouched(&victim);

    fs::hard_link(&victim, path.join("second")).unwrap();
    assert!(is_refusal(Folder::open(&path), &path.join("second")));
    assert_untouched(&victim);
}

#[test]
fn a_file_is_neither_read_nor_removed_in_a_folder_behind_a_link() {
    let (home, victim, path) = victim_and_folder();
    let folder = Folder::open(&path).unwrap();
    let data = path.join("pgdata");
    symlink(home.path(), &data).unwrap();
    let behind = data.join("victim");
    if !folder.account().drops_root() {
        // One's own links are followed.
        assert!(read(&behind, folder.account()).unwrap().is_some());
        return;
    }
    assert!(is_refusal(read(&behind, folder.account()), &behind));
    assert!(is_refusal(remove(&behind, folder.account()), &behind));
    assert_untouched(&victim);
    fs::remove_file(&data).unwrap();
    fs::create_dir(&data).unwrap();
    symlink(&victim, &behind).unwrap();
    remove(&behind, folder.account()).unwrap();
    assert_untouched(&victim);
    assert!(!behind.exists());
}

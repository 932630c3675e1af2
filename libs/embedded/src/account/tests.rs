use super::*;

fn unprivileged() -> Account {
    Account {
        name: "nobody".into(),
        uid: 65534,
        gid: 65534,
        drop_root: true,
    }
}

#[test]
fn the_outermost_closed_folder_on_the_way_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let closed = fs::canonicalize(temp.path()).unwrap().join("closed");
    let inner = closed.join("inner");
    fs::create_dir_all(&inner).unwrap();
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o700)).unwrap();

    assert_eq!(
        unprivileged().blocked_at(&inner.join("not/yet/there")),
        Some(closed.clone())
    );
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o711)).unwrap();
    assert_eq!(unprivileged().blocked_at(&inner), Some(inner.clone()));
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o711)).unwrap();
    assert_eq!(unprivileged().blocked_at(&inner), None);
    unprivileged().create_folders(&inner.join("a/b")).unwrap();
    assert_eq!(unprivileged().blocked_at(&inner.join("a/b/c")), None);
}
